import assert from "node:assert/strict";
import { type FileHandle, open, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { FatalError, RetryableError } from "@iggy-connectors/sdk";
import { TEST_PARTITION } from "@iggy-connectors/testing";
import { committedBy, consume, content, dataFiles, lines, records, setup } from "./setup.ts";

/** Makes the next call of a method of any file handle fail, after doing `before`. */
async function failOnce(
  t: TestContext,
  root: string,
  method: "write" | "datasync",
  code: string,
  before: (handle: FileHandle, write: FileHandle["write"], bytes: Uint8Array) => Promise<unknown> = async () =>
    undefined,
): Promise<void> {
  const probe = await open(join(root, "probe"), "w");
  await probe.close();
  const prototype = Object.getPrototypeOf(probe) as FileHandle;
  const { write } = prototype;
  const mocked = t.mock.method(prototype, method, async function (this: FileHandle, bytes: Uint8Array) {
    mocked.mock.restore();
    await before(this, write, bytes);
    throw Object.assign(new Error(`${code}: injected`), { code });
  } as never);
}

test("killed with staged data: the part that reached the disk is truncated, and every message is written once", async (t) => {
  const { folder, start, context } = await setup(t);
  const sink = start();
  await consume(sink, 0, 4);
  await sink.flush();
  await sink.close();
  const file = join(folder, "00000000000000000000.ndjson");
  const recorded = await readFile(file);
  const unrecorded = Buffer.from(lines(records(4, 6)));
  for (let torn = 0; torn <= unrecorded.length; torn++) {
    await writeFile(file, Buffer.concat([recorded, unrecorded.subarray(0, torn)]));
    const restarted = start();
    const committed = await committedBy(restarted, TEST_PARTITION);
    assert.equal(committed, 3n);
    await consume(restarted, 4, 7);
    await restarted.flush();
    assert.equal(await content(folder), lines(records(0, 7)), `torn after ${torn} bytes`);
    await restarted.close();
    await rewind(folder, recorded);
  }
  assert.match(context.lines.join("\n"), /truncated by 1 bytes that were never acknowledged/);
});

/** Puts file and record back to the state after offset 3. */
async function rewind(folder: string, recorded: Buffer): Promise<void> {
  await writeFile(join(folder, "00000000000000000000.ndjson"), recorded);
  const recordPath = join(folder, ".offsets.json");
  const record = JSON.parse(await readFile(recordPath, "utf8"));
  await writeFile(recordPath, JSON.stringify({ ...record, bytes: recorded.length, last_offset: "3" }));
}

test("killed before the first flush: the file that was begun is used again", async (t) => {
  const { folder, start } = await setup(t);
  const killed = start();
  await consume(killed, 0, 2);
  // The process ends here. Some of what it had staged is in the file already, behind a record that knows of nothing.
  await writeFile(join(folder, "00000000000000000000.ndjson"), '{"n":0}\n{"n"');
  await writeFile(join(folder, ".offsets.json.tmp"), '{"version":1,"conn');
  const restarted = start();
  assert.equal(await committedBy(restarted, TEST_PARTITION), undefined);
  await consume(restarted, 0, 3);
  await restarted.flush();
  assert.deepEqual(await dataFiles(folder), ["00000000000000000000.ndjson"]);
  assert.equal(await content(folder), lines(records(0, 3)));
});

test("killed between naming a file and making it", async (t) => {
  const { folder, start } = await setup(t);
  const killed = start();
  await consume(killed, 0, 2);
  await rm(join(folder, "00000000000000000000.ndjson"));
  const restarted = start();
  await consume(restarted, 0, 2);
  await restarted.flush();
  assert.equal(await content(folder), lines(records(0, 2)));
});

test("a full disk is retried: the torn write is cut and written again", async (t) => {
  const { root, folder, start } = await setup(t);
  const sink = start();
  await consume(sink, 0, 2);
  await sink.flush();
  await consume(sink, 2, 4);
  await failOnce(t, root, "write", "ENOSPC", (handle, write, bytes) => Reflect.apply(write, handle, [bytes, 0, 5, 16]));
  await assert.rejects(sink.flush(), (error) => error instanceof RetryableError && /free space/.test(error.fix ?? ""));
  assert.equal(await content(folder), lines(records(0, 2)), "no torn line is left to readers");
  assert.equal(await committedBy(sink, TEST_PARTITION), 1n);
  await consume(sink, 2, 4);
  await sink.flush();
  assert.equal(await content(folder), lines(records(0, 4)));
});

test("a failed sync never counts as durable: only a restart continues, from the last record", async (t) => {
  const { root, folder, start } = await setup(t);
  const sink = start();
  await consume(sink, 0, 2);
  await sink.flush();
  await consume(sink, 2, 4);
  await failOnce(t, root, "datasync", "EIO");
  await assert.rejects(sink.flush(), FatalError);
  await assert.rejects(sink.flush(), { code: "IGC_SINK_FILE_SYNC" });
  await assert.rejects(consume(sink, 4, 5), { code: "IGC_SINK_FILE_SYNC" });
  await sink.close();
  const restarted = start();
  assert.equal(await committedBy(restarted, TEST_PARTITION), 1n);
  await consume(restarted, 2, 5);
  await restarted.flush();
  assert.equal(await content(folder), lines(records(0, 5)));
});

test("a missing or damaged record beside data stops before anything is touched", async (t) => {
  const { folder, start } = await setup(t);
  const sink = start();
  await consume(sink, 0, 2);
  await sink.flush();
  await sink.close();
  for (const damage of ["{", '{"version":1}', "null"]) {
    await writeFile(join(folder, ".offsets.json"), damage);
    await assert.rejects(committedBy(start(), TEST_PARTITION), { code: "IGC_SINK_FILE_LEDGER" });
  }
  await rm(join(folder, ".offsets.json"));
  await assert.rejects(committedBy(start(), TEST_PARTITION), { code: "IGC_SINK_FILE_LEDGER" });
  assert.equal(await content(folder), lines(records(0, 2)));
});

test("a file that another process removed or truncated is not continued, and its messages are not written again", async (t) => {
  const { folder, start, context } = await setup(t);
  const sink = start();
  await consume(sink, 0, 2);
  await sink.flush();
  await sink.close();
  await truncate(join(folder, "00000000000000000000.ndjson"), 3);
  const restarted = start();
  assert.equal(await committedBy(restarted, TEST_PARTITION), 1n);
  await consume(restarted, 2, 3);
  await restarted.flush();
  assert.deepEqual(await dataFiles(folder), ["00000000000000000000.ndjson", "00000000000000000002.ndjson"]);
  assert.match(context.lines.join(), /warn: .* removed or truncated by another process/);
});
