import assert from "node:assert/strict";
import { readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { FaultyDisk, PROCESS_DEATH } from "../../../test/crashes/faulty-disk.ts";
import { append, logEnvironment, logOptions, readMessages } from "../../../test/records.ts";
import { temporaryFolder } from "../../../test/with-server.ts";
import { PartitionLog } from "./partition-log.ts";

const CACHE = 64 * 1024 * 1024;

function numbered(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `message ${from + index}`);
}

function pairs(from: number, count: number): [number, string][] {
  return numbered(from, count).map((payload, index) => [from + index, payload]);
}

test("any range of any batches reads back, from memory and from disk alike", async (t) => {
  const folder = await temporaryFolder(t);
  let run = 0;
  const batches = fc.array(fc.array(fc.string({ minLength: 1, maxLength: 300 }), { minLength: 1, maxLength: 20 }), {
    minLength: 1,
    maxLength: 12,
  });
  const ranges = fc.array(fc.tuple(fc.nat(150), fc.nat(150), fc.constantFrom(1, 2000, 10 ** 9)), { minLength: 5 });
  await fc.assert(
    fc.asyncProperty(batches, ranges, fc.constantFrom(0, 1000, 5000, CACHE), async (written, wanted, cache) => {
      const options = logOptions(join(folder, String(run++)), { segmentSize: 4000 });
      const log = PartitionLog.create(logEnvironment(cache), options);
      const model = written
        .flat()
        .map((payload, offset): [number, string] => [offset, Buffer.from(payload).toString()]);
      for (const payloads of written) await append(log, payloads);
      const check = async (opened: PartitionLog): Promise<void> => {
        for (const [from, count, maxBytes] of wanted) {
          const found = await readMessages(opened, from, count, maxBytes);
          const expected = model.slice(from, from + count);
          assert.deepEqual(found, expected.slice(0, found.length));
          if (maxBytes >= 10 ** 9) assert.equal(found.length, expected.length);
          else assert.equal(found.length > 0, expected.length > 0);
        }
      };
      await check(log);
      await log.close();
      const reopened = await PartitionLog.open(logEnvironment(cache), options);
      assert.equal(reopened.nextOffset, model.length);
      await check(reopened);
      await reopened.delete();
    }),
    { numRuns: 40 },
  );
});

test("appends that come together are all stored, in order, each acknowledged with its own offset", async (t) => {
  const folder = await temporaryFolder(t);
  for (const persisted of [false, true]) {
    const log = PartitionLog.create(logEnvironment(CACHE), logOptions(join(folder, String(persisted)), { persisted }));
    const offsets = await Promise.all(Array.from({ length: 50 }, (_, index) => append(log, numbered(index * 3, 3))));
    assert.deepEqual(
      offsets,
      Array.from({ length: 50 }, (_, index) => index * 3),
    );
    assert.deepEqual(await readMessages(log, 0, 1000), pairs(0, 150));
    await log.close();
  }
});

test("appends that come together do not outgrow a segment", async (t) => {
  const folder = await temporaryFolder(t);
  const log = PartitionLog.create(logEnvironment(0), logOptions(folder, { segmentSize: 2000 }));
  await Promise.all(Array.from({ length: 30 }, (_, index) => append(log, numbered(index * 3, 3))));
  await log.close();
  const sizes = await Promise.all(
    (await readdir(folder)).filter((name) => name.endsWith(".log")).map((name) => stat(join(folder, name))),
  );
  assert.ok(sizes.length > 5);
  for (const { size } of sizes) assert.ok(size <= 2000, `${size} bytes`);
});

test("a tail torn at any byte of the last record is cut, and appends go on behind the rest", async (t) => {
  const folder = await temporaryFolder(t);
  const options = logOptions(folder);
  const log = PartitionLog.create(logEnvironment(0), options);
  await append(log, numbered(0, 2));
  const whole = log.size;
  await append(log, numbered(2, 2));
  await log.close();
  const file = join(folder, "00000000000000000000.log");
  const bytes = await readFile(file);
  for (let length = whole; length < bytes.length; length++) {
    await writeFile(file, bytes);
    await truncate(file, length);
    await rm(join(folder, "00000000000000000000.index"), { force: true });
    const torn = await PartitionLog.open(logEnvironment(0), options);
    assert.deepEqual([torn.nextOffset, torn.size], [2, whole], `cut at ${length}`);
    assert.equal(await append(torn, ["after"]), 2);
    assert.deepEqual(await readMessages(torn, 0, 10), [...pairs(0, 2), [2, "after"]]);
    await torn.close();
  }
});

test("a last record with any damaged byte is cut", async (t) => {
  const folder = await temporaryFolder(t);
  const options = logOptions(folder);
  const log = PartitionLog.create(logEnvironment(0), options);
  await append(log, numbered(0, 2));
  const whole = log.size;
  await append(log, numbered(2, 1));
  await log.close();
  const file = join(folder, "00000000000000000000.log");
  const bytes = await readFile(file);
  for (let at = whole; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes);
    damaged[at]! ^= 0x10;
    await writeFile(file, damaged);
    await rm(join(folder, "00000000000000000000.index"), { force: true });
    const opened = await PartitionLog.open(logEnvironment(0), options);
    assert.equal(opened.nextOffset, 2, `damaged at ${at - whole}`);
    await opened.close();
  }
});

test("what lies behind the beginning of the next segment is cut: it was never acknowledged", async (t) => {
  const folder = await temporaryFolder(t);
  const options = logOptions(join(folder, "log"), { segmentSize: 700 });
  const log = PartitionLog.create(logEnvironment(0), options);
  for (let batch = 0; batch < 3; batch++) await append(log, numbered(batch * 2, 2));
  assert.equal(log.segmentsCount, 3);
  await log.close();
  const other = PartitionLog.create(logEnvironment(0), logOptions(join(folder, "other")));
  await append(other, numbered(0, 2));
  await append(other, ["refused", "refused too"]);
  await other.close();
  const first = "00000000000000000000.log";
  await writeFile(join(folder, "log", first), await readFile(join(folder, "other", first)));
  await rm(join(folder, "log", "00000000000000000000.index"));
  const opened = await PartitionLog.open(logEnvironment(0), options);
  assert.deepEqual(await readMessages(opened, 0, 10), pairs(0, 6));
  await opened.close();
});

test("a lost end of an older segment is a hole that readers pass and counts leave out", async (t) => {
  const folder = await temporaryFolder(t);
  const options = logOptions(folder, { segmentSize: 1000 });
  const log = PartitionLog.create(logEnvironment(0), options);
  for (let batch = 0; batch < 6; batch++) await append(log, numbered(batch * 2, 2));
  await log.close();
  const names = await readdir(folder);
  const [first, second] = names.filter((name) => name.endsWith(".log"));
  assert.equal(Number.parseInt(second!, 10), 4);
  for (const name of names) if (name.endsWith(".index")) await rm(join(folder, name));
  await truncate(join(folder, first!), 500);
  const opened = await PartitionLog.open(logEnvironment(0), options);
  assert.deepEqual(await readMessages(opened, 0, 20), [...pairs(0, 2), ...pairs(4, 8)]);
  assert.deepEqual(await readMessages(opened, 3, 2), pairs(4, 2));
  assert.equal(opened.messagesCount, 10);
  await opened.close();
});

test("a missing or damaged index is rebuilt, with the same answers", async (t) => {
  const folder = await temporaryFolder(t);
  const options = logOptions(folder, { segmentSize: 1024 * 1024 });
  const log = PartitionLog.create(logEnvironment(0), options);
  const timestamps: number[] = [];
  for (let batch = 0; batch < 400; batch++) {
    await append(log, [`${batch}`.padEnd(9000, ".")]);
    timestamps.push(await log.offsetForTimestamp(0));
  }
  assert.ok(log.segmentsCount > 3);
  await log.close();
  const indexes = (await readdir(folder)).filter((name) => name.endsWith(".index"));
  assert.equal(indexes.length, log.segmentsCount);
  await rm(join(folder, indexes[0]!));
  const second = join(folder, indexes[1]!);
  const damaged = await readFile(second);
  damaged[40]! ^= 1;
  await writeFile(second, damaged);
  const reopened = await PartitionLog.open(logEnvironment(0), options);
  assert.equal(reopened.nextOffset, 400);
  for (const offset of [0, 1, 57, 113, 250, 399]) {
    const [message] = await readMessages(reopened, offset, 1);
    assert.equal(message?.[0], offset);
    assert.ok(message?.[1].startsWith(`${offset}.`));
  }
  await reopened.close();
});

test("a record is found by its time, in memory and on disk", async (t) => {
  const folder = await temporaryFolder(t);
  for (const cache of [0, 3000, CACHE]) {
    const log = PartitionLog.create(
      logEnvironment(cache),
      logOptions(join(folder, String(cache)), { segmentSize: 2000 }),
    );
    for (let batch = 0; batch < 20; batch++) await append(log, numbered(batch * 2, 2));
    // The clock moves 10 µs at each append; the first one saw 1 000 010.
    for (let batch = 0; batch < 20; batch++) {
      const stamp = 1_000_010 + batch * 10;
      assert.equal(await log.offsetForTimestamp(stamp), batch * 2);
      assert.equal(await log.offsetForTimestamp(stamp + 1), (batch + 1) * 2);
    }
    assert.equal(await log.offsetForTimestamp(0), 0);
    await log.close();
  }
});

test("deleting old segments moves the beginning; reads start at what is kept", async (t) => {
  const folder = await temporaryFolder(t);
  const options = logOptions(folder, { segmentSize: 1000 });
  const log = PartitionLog.create(logEnvironment(0), options);
  for (let batch = 0; batch < 6; batch++) await append(log, numbered(batch * 2, 2));
  const before = log.size;
  let left = 2;
  const freed = await log.deleteOldest(() => left-- > 0);
  assert.equal(log.size, before - freed);
  const first = log.firstOffset;
  assert.ok(first > 0);
  assert.equal((await readMessages(log, 0, 1))[0]?.[0], first);
  await log.close();
  const reopened = await PartitionLog.open(logEnvironment(0), options);
  assert.deepEqual([reopened.firstOffset, reopened.nextOffset], [first, 12]);
  assert.equal((await readMessages(reopened, 0, 100)).length, 12 - first);
  await reopened.close();
});

test("the cache stays within its budget over all partitions", async (t) => {
  const folder = await temporaryFolder(t);
  const environment = logEnvironment(50_000);
  const logs = ["a", "b", "c"].map((name) => PartitionLog.create(environment, logOptions(join(folder, name))));
  for (let batch = 0; batch < 100; batch++) {
    for (const log of logs) await append(log, numbered(batch, 1));
    assert.ok(environment.budget.bytes <= 50_000);
  }
  await logs[0]!.close();
  for (const log of logs.slice(1)) {
    assert.deepEqual(await readMessages(log, 97, 10), pairs(97, 3));
    await append(log, ["x".repeat(60_000)]);
    assert.equal((await readMessages(log, 100, 1))[0]?.[1].length, 60_000);
    await log.close();
  }
  assert.equal(environment.budget.bytes, 0);
});

test("after a failed sync nothing is written any more, and what was acknowledged is read on", async () => {
  const options = logOptions("/data/log", { persisted: true });
  const rehearsal = new FaultyDisk();
  const whole = PartitionLog.create(logEnvironment(0, "/data", rehearsal), options);
  await append(whole, numbered(0, 2));
  const before = rehearsal.operations;
  await append(whole, numbered(2, 2));
  // The second append writes, then syncs.
  assert.equal(rehearsal.operations, before + 2);
  const disk = new FaultyDisk(before + 1, { kind: "error", code: "EIO" });
  const log = PartitionLog.create(logEnvironment(0, "/data", disk), options);
  await append(log, numbered(0, 2));
  for (let time = 0; time < 2; time++) await assert.rejects(append(log, ["refused"]), { code: 13000 });
  await assert.rejects(
    log.deleteOldest(() => true),
    { code: 13000 },
  );
  assert.deepEqual(await readMessages(log, 0, 10), pairs(0, 2));
  await log.close();
  const opened = await PartitionLog.open(logEnvironment(0, "/data", disk.restarted(PROCESS_DEATH)), options);
  assert.equal(await append(opened, ["after"]), 2);
  await opened.close();
});

test("however many segments are written and read, few files are open, and polls at once all end well", async () => {
  const disk = new FaultyDisk();
  const options = logOptions("/data/log", { segmentSize: 700 });
  const log = PartitionLog.create(logEnvironment(0, "/data", disk), options);
  for (let batch = 0; batch < 40; batch++) await append(log, numbered(batch * 2, 2));
  assert.equal(log.segmentsCount, 40);
  assert.ok(disk.openFiles <= 5, `${disk.openFiles} open files`);
  const polls = Array.from({ length: 80 }, (_, offset) => readMessages(log, offset, 2));
  for (const [offset, found] of (await Promise.all(polls)).entries()) {
    assert.deepEqual(found, pairs(offset, Math.min(2, 80 - offset)));
  }
  await readMessages(log, 0, 80);
  assert.ok(disk.openFiles <= 5, `${disk.openFiles} open files`);
  await log.close();
  assert.equal(disk.openFiles, 0);
});

test("retention of a partition that is deleted meanwhile does no harm", async (t) => {
  const folder = await temporaryFolder(t);
  const environment = logEnvironment(0, folder);
  const log = PartitionLog.create(environment, logOptions(join(folder, "log"), { segmentSize: 700 }));
  for (let batch = 0; batch < 10; batch++) await append(log, numbered(batch * 2, 2));
  await Promise.all([log.deleteOldest(() => true), log.delete()]);
  assert.equal(environment.health.refusal, undefined);
});
