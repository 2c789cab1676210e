import assert from "node:assert/strict";
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { batchOf, TEST_PARTITION } from "@iggy-connectors/testing";
import type { FileSink } from "../src/file-sink.ts";
import { content, dataFiles, lines, records, setup } from "./setup.ts";

const FIRST = { ...TEST_PARTITION, history: "first" };
const SECOND = { ...TEST_PARTITION, history: "second" };

async function write(sink: FileSink, ref: typeof FIRST, from: number, to: number): Promise<void> {
  await sink.consume(batchOf(records(from, to), { ref, firstOffset: BigInt(from) }));
  await sink.flush();
}

test("the record names the log, and the broker time of its last message", async (t) => {
  const { start } = await setup(t);
  await write(start(), FIRST, 0, 3);
  assert.deepEqual(await start().committed(FIRST), { offset: 2n, history: "first", timestamp: 1_700_000_000_000_002 });
});

for (const told of [true, false]) {
  test(`a log that was created again goes into files of its own${told ? ", also where the sink is told before" : ""}`, async (t) => {
    const { folder, start } = await setup(t);
    await write(start(), FIRST, 0, 3);
    const sink = start();
    if (told) await sink.reset(SECOND, 0n);
    if (told)
      assert.deepEqual(await sink.committed(SECOND), { offset: undefined, history: "second", timestamp: undefined });
    await write(sink, SECOND, 0, 2);
    assert.equal(await content(folder), lines([...records(0, 2), ...records(0, 3)]), "new ones, then the old ones");
    assert.equal((await dataFiles(folder)).length, 2);
    assert.deepEqual(await start().committed(SECOND), {
      offset: 1n,
      history: "second",
      timestamp: 1_700_000_000_000_001,
    });
  });
}

test("a record of a version that knew no histories is adopted", async (t) => {
  const { folder, start } = await setup(t);
  const sink = start();
  await sink.consume(batchOf(records(0, 3)));
  await sink.flush();
  assert.equal((await start().committed(FIRST))?.history, undefined);
  await write(start(), FIRST, 3, 5);
  assert.equal((await start().committed(FIRST))?.history, "first");
  assert.equal(await content(folder), lines(records(0, 5)));
});

test("messages that end without the sink are recorded, before and after others", async (t) => {
  const { folder, start } = await setup(t);
  const sink = start();
  await sink.ended(FIRST, 4n);
  assert.deepEqual(await sink.committed(FIRST), { offset: 4n, history: "first", timestamp: undefined });
  await write(sink, FIRST, 5, 7);
  await sink.ended(FIRST, 9n);
  assert.equal((await start().committed(FIRST))?.offset, 9n);
  assert.equal(await content(folder), lines(records(5, 7)));
});

test("a folder that is set back or removed while the sink runs is noticed, and continued from where it stands", async (t) => {
  const { root, folder, start } = await setup(t);
  const backup = join(root, "backup");
  const sink = start();
  await write(sink, FIRST, 0, 3);
  await cp(folder, backup, { recursive: true });
  await write(sink, FIRST, 3, 6);
  await rm(folder, { recursive: true });
  await cp(backup, folder, { recursive: true });
  await assert.rejects(write(sink, FIRST, 6, 8), { code: "IGC_SINK_FILE_MOVED" });
  await sink.revoked([FIRST]);
  assert.equal((await sink.committed(FIRST))?.offset, 2n);
  await write(sink, FIRST, 3, 8);
  assert.equal(await content(folder), lines(records(0, 8)));
  await rm(folder, { recursive: true });
  assert.equal(await sink.committed(FIRST), undefined);
});

test("replayed dead letters go into a folder of their own beside the partition's files", async (t) => {
  const { folder, start } = await setup(t);
  await write(start(), FIRST, 0, 3);
  const replaying = start();
  const ref = { ...TEST_PARTITION, replay: true as const };
  await replaying.consume(batchOf(records(1, 2), { ref, firstOffset: 1n }));
  await replaying.flush();
  assert.equal(await content(join(folder, "replayed")), lines(records(1, 2)));
  assert.equal((await start().committed(FIRST))?.offset, 2n);
});
