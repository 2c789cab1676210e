import assert from "node:assert/strict";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { FatalError } from "@iggy-connectors/sdk";
import { batchOf, recordingContext, TEST_PARTITION } from "@iggy-connectors/testing";
import { committedBy, consume, content, dataFiles, lines, records, setup } from "../test/setup.ts";
import { FileSink } from "./file-sink.ts";
import fileSink from "./index.ts";

test("lines are in the file and the offset is committed after a flush, not before", async (t) => {
  const { folder, start } = await setup(t);
  const sink = start();
  assert.equal(await committedBy(sink, TEST_PARTITION), undefined);
  await consume(sink, 0, 3);
  assert.equal(await committedBy(sink, TEST_PARTITION), undefined);
  await sink.flush();
  assert.equal(await committedBy(sink, TEST_PARTITION), 2n);
  assert.deepEqual(await dataFiles(folder), ["00000000000000000000.ndjson"]);
  assert.equal(await content(folder), lines(records(0, 3)));
});

test("a new process appends to the same file", async (t) => {
  const { folder, start } = await setup(t);
  const sink = start();
  await consume(sink, 0, 3);
  await sink.flush();
  await sink.close();
  const next = start();
  assert.equal(await committedBy(next, TEST_PARTITION), 2n);
  await consume(next, 3, 5);
  await next.flush();
  assert.equal((await dataFiles(folder)).length, 1);
  assert.equal(await content(folder), lines(records(0, 5)));
});

test("partitions, topics and their records are apart", async (t) => {
  const { root, start } = await setup(t);
  const sink = start();
  const other = { ...TEST_PARTITION, partition: 1 };
  const sneaky = { stream: "../..", topic: "a/b", partition: 0 };
  await sink.consume(batchOf(['{"a":1}'], { ref: other, firstOffset: 7n }));
  await sink.consume(batchOf(['{"b":1}'], { ref: sneaky }));
  await consume(sink, 0, 1);
  await sink.flush();
  const output = join(root, "local_output");
  assert.equal(await content(join(output, "orders/created/0")), '{"n":0}\n');
  assert.deepEqual(await dataFiles(join(output, "orders/created/1")), ["00000000000000000007.ndjson"]);
  assert.equal(await content(join(output, "..%2F../a%2Fb/0")), '{"b":1}\n');
  assert.deepEqual([await committedBy(sink, TEST_PARTITION), await committedBy(sink, other)], [0n, 7n]);
});

test("batches that come again are written once", async (t) => {
  const { folder, start } = await setup(t);
  const sink = start();
  await consume(sink, 0, 5);
  await consume(sink, 0, 5);
  await consume(sink, 3, 8);
  await sink.flush();
  await consume(sink, 2, 10);
  await sink.flush();
  assert.equal(await content(folder), lines(records(0, 10)));
  assert.equal(await committedBy(sink, TEST_PARTITION), 9n);
});

test("files rotate by size, named by their first offset, and a kill in between loses nothing", async (t) => {
  const { folder, start } = await setup(t);
  const sink = start({ rotate_size: 40 });
  for (let from = 0; from < 12; from += 3) await consume(sink, from, from + 3);
  assert.deepEqual(await dataFiles(folder), [
    "00000000000000000000.ndjson",
    "00000000000000000003.ndjson",
    "00000000000000000006.ndjson",
    "00000000000000000009.ndjson",
  ]);
  assert.equal(await committedBy(sink, TEST_PARTITION), 8n, "files that were closed are durable");
  const restarted = start({ rotate_size: 40 });
  await consume(restarted, 9, 12);
  await restarted.flush();
  assert.equal(await content(folder), lines(records(0, 12)));
});

test("files rotate by age, counted over restarts", async (t) => {
  const { folder, start } = await setup(t);
  let now = 1_700_000_000_000;
  const settings = { rotate_age: "1h", rotate_size: 0 };
  const sink = start(settings, () => now);
  await consume(sink, 0, 1);
  await sink.flush();
  await sink.close();
  now += 3_599_999;
  const next = start(settings, () => now);
  await consume(next, 1, 2);
  now += 1;
  await consume(next, 2, 3);
  await next.flush();
  assert.deepEqual(await dataFiles(folder), ["00000000000000000000.ndjson", "00000000000000000002.ndjson"]);
  assert.equal(await content(folder), lines(records(0, 3)));
});

test("revoked partitions lose what was staged and keep what was recorded", async (t) => {
  const { folder, start } = await setup(t);
  const sink = start();
  await consume(sink, 0, 2);
  await sink.flush();
  const large = Array.from({ length: 20_000 }, (_, index) => JSON.stringify({ n: index, pad: "x".repeat(60) }));
  await sink.consume(batchOf(large, { firstOffset: 2n }));
  assert.ok((await content(folder)).length > 1024 * 1024, "so much is handed to the operating system before a flush");
  await sink.revoked([TEST_PARTITION]);
  assert.equal(await content(folder), lines(records(0, 2)));
  assert.equal(await committedBy(sink, TEST_PARTITION), 1n);
  await consume(sink, 2, 4);
  await sink.flush();
  assert.equal(await content(folder), lines(records(0, 4)));
});

test("a reset writes the same offsets again, beside what is there", async (t) => {
  const { folder, start } = await setup(t);
  const sink = start();
  await consume(sink, 0, 3);
  await sink.flush();
  await sink.reset(TEST_PARTITION, 0n);
  assert.equal(await committedBy(sink, TEST_PARTITION), undefined);
  await consume(sink, 0, 3);
  await sink.flush();
  assert.deepEqual(await dataFiles(folder), ["00000000000000000000-1.ndjson", "00000000000000000000.ndjson"]);
  assert.equal(await content(folder), lines([...records(0, 3), ...records(0, 3)]));
  await sink.reset(TEST_PARTITION, 2n);
  assert.equal(await committedBy(sink, TEST_PARTITION), 1n);
});

test("json with line breaks becomes one line each, raw with line breaks is rejected alone", async (t) => {
  const { root, folder, start } = await setup(t);
  const sink = start();
  await sink.consume(batchOf(['{\n  "a": 1\n}', '{"b":2}']));
  await sink.flush();
  const written = (await content(folder)).trimEnd().split("\n");
  assert.deepEqual(
    written.map((text) => JSON.parse(text)),
    [{ a: 1 }, { b: 2 }],
  );

  const raw = start({ format: "raw", path: "raw" });
  const batch = batchOf(["one", "t\nwo", "three", "\n", "fi\rve"], { schema: "raw", firstOffset: 10n });
  const result = await raw.consume(batch);
  assert.deepEqual(
    result.rejected?.map(({ offset }) => offset),
    [11n, 13n],
  );
  const again = await raw.consume(batch);
  assert.deepEqual(
    again.rejected?.map(({ offset }) => offset),
    [11n, 13n],
    "a batch that comes again is rejected again",
  );
  await raw.flush();
  assert.equal(await content(join(root, "raw", "0")), "one\nthree\nfi\rve\n");
  assert.deepEqual(await dataFiles(join(root, "raw", "0")), ["00000000000000000010.txt"]);
});

test("a batch of nothing but rejected messages makes no file", async (t) => {
  const { root, start } = await setup(t);
  const raw = start({ format: "raw", path: "raw" });
  const result = await raw.consume(batchOf(["\n"], { schema: "text" }));
  assert.equal(result.rejected?.length, 1);
  await raw.flush();
  assert.deepEqual(await readdir(root), []);
});

test("a stream that the format cannot hold is a clear error", async (t) => {
  const { start } = await setup(t);
  await assert.rejects(start().consume(batchOf(["x"], { schema: "text" })), (error) => {
    return error instanceof FatalError && error.place === "format" && error.fix !== undefined;
  });
});

test("overlapping batches of one partition are refused", async (t) => {
  const { start } = await setup(t);
  const sink = start();
  const first = consume(sink, 0, 1);
  await assert.rejects(consume(sink, 1, 2), { code: "IGC_SINK_FILE_ORDER", place: "max_in_flight" });
  await first;
});

test("a folder belongs to one connector and one topic", async (t) => {
  const { root, start, context } = await setup(t);
  const sink = start({ path: "shared" });
  await consume(sink, 0, 1);
  await assert.rejects(sink.consume(batchOf(["1"], { ref: { ...TEST_PARTITION, topic: "other" } })), {
    code: "IGC_SINK_FILE_FOLDER_SHARED",
  });
  const stranger = new FileSink(fileSink.config.parse({ path: "shared" }), {
    ...recordingContext(root),
    key: "stranger",
  });
  await assert.rejects(committedBy(stranger, TEST_PARTITION), { code: "IGC_SINK_FILE_FOLDER_SHARED" });
  assert.deepEqual(context.lines, []);
});

test("a path that leads through a file is fatal, check says so beforehand", async (t) => {
  const { root, start } = await setup(t);
  await writeFile(join(root, "taken"), "");
  const sink = start({ path: "taken/{partition}" });
  await assert.rejects(consume(sink, 0, 1), FatalError);
  assert.equal((await sink.check()).findings[0]?.level, "error");
  await mkdir(join(root, "free"));
  assert.deepEqual(await start({ path: "free/new/{partition}" }).check(), { findings: [] });
});

test("the configuration refuses unknown placeholders", () => {
  const result = fileSink.config.safeParse({ path: "out/{date}" });
  assert.equal(result.success, false);
  assert.match(result.error?.message ?? "", /\{date\} is not a known placeholder/);
  assert.equal(fileSink.config.parse({}).rotate_size, 128 * 1024 * 1024);
});
