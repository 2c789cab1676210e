import assert from "node:assert/strict";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { decodeBatchForAppend, encodeBatch } from "@iggy-connectors/protocol";
import { PartitionLog } from "../src/storage/log/partition-log.ts";
import { logEnvironment, logOptions, readMessages } from "./records.ts";
import { temporaryFolder } from "./with-server.ts";

const MESSAGES = 2_000_000;
const PER_BATCH = 2000;
const SEGMENT = 16 * 1024 * 1024;
/** An index entry is 24 bytes for at least 64 KiB of log, the rest of an index 32. */
const ENTRY = 24;
const DISTANCE = 64 * 1024;
const INDEX_HEADER = 32;

test("two million messages need an index that grows with bytes, not with messages, and any of them is found", async (t) => {
  const folder = await temporaryFolder(t);
  const options = logOptions(folder, { segmentSize: SEGMENT });
  const log = PartitionLog.create(logEnvironment(1024 * 1024), options);
  const record = encodeBatch(
    Array.from({ length: PER_BATCH }, (_, index) => ({ payload: Buffer.from(`m${index % 10}`) })),
    1,
  );
  const checked = decodeBatchForAppend(record);
  assert.ok(checked.ok);
  const { frameStarts } = checked;
  for (let sent = 0; sent < MESSAGES; sent += PER_BATCH) {
    assert.equal(await log.append(Buffer.from(record), frameStarts), sent);
  }
  assert.ok(log.segmentsCount > 5);
  for (const offset of [0, 1, 999_999, 1_234_567, MESSAGES - 1]) {
    assert.deepEqual(await readMessages(log, offset, 1), [[offset, `m${(offset % PER_BATCH) % 10}`]]);
  }
  // The clock moves 10 µs at each append.
  assert.equal(await log.offsetForTimestamp(1_000_010 + 10 * 600), 600 * PER_BATCH);
  const { size, segmentsCount } = log;
  await log.close();

  const names = (await readdir(folder)).filter((name) => name.endsWith(".index"));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  assert.equal(names.length, segmentsCount);
  const bytes = sizes.reduce((sum, one) => sum + one, 0);
  assert.ok(bytes <= segmentsCount * (INDEX_HEADER + ENTRY) + (size / DISTANCE) * ENTRY, `${bytes} bytes of index`);
  t.diagnostic(`${MESSAGES} messages, ${size} bytes of log, ${bytes} bytes of index`);

  const opened = await PartitionLog.open(logEnvironment(0), options);
  assert.deepEqual([opened.nextOffset, opened.messagesCount], [MESSAGES, MESSAGES]);
  await opened.close();
});
