import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { messageAt, messageList } from "@iggy-connectors/sdk";
import { type PollLimits, pollContext, recordingContext, SourceDriver } from "@iggy-connectors/testing";
import fileSource from "./index.ts";
import { InputSource } from "./input-source.ts";
import type { FileSourceState } from "./position.ts";

async function setup(t: TestContext, limits: PollLimits = {}, settings: Record<string, unknown> = {}) {
  const stream = new PassThrough();
  const context = recordingContext(tmpdir());
  const source = new InputSource(fileSource.config.parse({ path: "-", ...settings }), context, () => stream);
  await source.open();
  t.after(() => source.close());
  return { stream, source, driver: new SourceDriver(source, undefined, limits) };
}

test("reads lines to the end, the last one without line feed, and completes", async (t) => {
  const { stream, driver } = await setup(t);
  stream.write("one\ntw");
  stream.write("o\n\nthr");
  stream.end("ee");
  assert.deepEqual(await driver.drain(), ["one", "two", "three"]);
  assert.equal(driver.completed, true);
});

test("what is not committed is given again, what is committed is not", async (t) => {
  const { stream, source } = await setup(t);
  stream.end("1\n2\n3\n4\n");
  const limits = { maxMessages: 2 };
  const first = await source.poll(pollContext(undefined, limits));
  assert.deepEqual(await source.poll(pollContext(undefined, limits)), first);
  const second = await source.poll(pollContext(first.checkpoint, limits));
  assert.deepEqual(
    messageList(second.messages).map(({ payload }) => String.fromCharCode(...(payload as Uint8Array))),
    ["3", "4"],
  );
  assert.notEqual(second.completed, true);
  const end = await source.poll(pollContext(second.checkpoint, limits));
  assert.equal(end.completed, true);
});

test("an aborted wait loses nothing of what arrives meanwhile", async (t) => {
  const { stream, source } = await setup(t);
  stream.write("begin ");
  const controller = new AbortController();
  const waiting = source.poll(pollContext(undefined, { signal: controller.signal }));
  setImmediate(() => controller.abort());
  assert.deepEqual(await waiting, { messages: [] });
  stream.write("end\n");
  const batch = await source.poll(pollContext());
  assert.equal(Buffer.from(messageAt(batch.messages, 0).payload as Uint8Array).toString(), "begin end");
});

test("a line over the limit is split before its end has come", async (t) => {
  const { stream, driver } = await setup(t, {}, { max_line_bytes: 256 });
  stream.write("x".repeat(600));
  assert.deepEqual(
    (await driver.until(2)).map((piece) => piece.length),
    [256, 256],
  );
  stream.end("y\n");
  const pieces = await driver.drain();
  assert.equal(pieces.join(""), `${"x".repeat(600)}y`);
});

test("a checkpoint of another process begins at what this one is given", async (t) => {
  const { stream, source } = await setup(t);
  const foreign: FileSourceState = { run: "another", offset: 100, line: 9, piece: 0 };
  stream.end("a\n");
  const batch = await source.poll(pollContext(foreign));
  assert.equal(batch.messages.length, 1);
});

test("a broken input is an error, never an end", async (t) => {
  const { stream, source } = await setup(t);
  stream.write("unfinished");
  setImmediate(() => stream.destroy(new Error("gone")));
  await assert.rejects(source.poll(pollContext()), { code: "IGC_SOURCE_FILE_INPUT" });
  await assert.rejects(source.poll(pollContext()), { code: "IGC_SOURCE_FILE_INPUT" });
});

/** Reads its standard input in a worker thread, as the runtime does, and prints the lines as JSON. */
const READER = `
  import { Worker } from "node:worker_threads";
  const worker = new Worker(\`
    import { parentPort } from "node:worker_threads";
    import fileSource from "${new URL("./index.ts", import.meta.url)}";
    import { recordingContext, SourceDriver } from "@iggy-connectors/testing";
    const source = fileSource.create(fileSource.config.parse({ path: "-" }), recordingContext("."));
    await source.open();
    const driver = new SourceDriver(source);
    parentPort.postMessage(await driver.drain());
    await source.close();
  \`, { eval: true, type: "module" });
  worker.on("message", (lines) => process.stdout.write(JSON.stringify(lines)));
  worker.on("error", (error) => { process.stderr.write(String(error)); process.exitCode = 1; });
`;

function reader(stdin: "pipe" | number) {
  const child = spawn(process.execPath, ["--conditions=iggy-source", "--input-type=module", "--eval", READER], {
    stdio: [stdin, "pipe", "inherit"],
  });
  return { child, output: text(child.stdout as NonNullable<typeof child.stdout>), ended: once(child, "exit") };
}

test("a worker thread reads the process's pipe", async () => {
  const { child, output, ended } = reader("pipe");
  child.stdin?.write("one\ntwo\n");
  child.stdin?.end("three");
  assert.equal(await output, '["one","two","three"]');
  assert.deepEqual(await ended, [0, null]);
});

test("a worker thread reads a file given as standard input", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "iggy-file-source-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "input"), "a\nb\n");
  const input = openSync(join(folder, "input"), "r");
  t.after(() => closeSync(input));
  const { output, ended } = reader(input);
  assert.equal(await output, '["a","b"]');
  assert.deepEqual(await ended, [0, null]);
});
