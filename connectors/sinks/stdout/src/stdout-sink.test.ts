import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { FatalError, type Headers, type MessageBatch } from "@iggy-connectors/sdk";
import { batchOf, recordingContext } from "@iggy-connectors/testing";
import stdoutSink from "./index.ts";
import { LineOutput } from "./output.ts";
import { StdoutSink } from "./stdout-sink.ts";

const CONSUME = { signal: new AbortController().signal, attempt: 1 };
const HEADERS: Headers = new Map([
  ["tenant", { kind: "string", value: 'a"b' }],
  ["n", { kind: "uint64", value: 2n ** 63n }],
  ["bytes", { kind: "raw", value: Uint8Array.of(1, 2) }],
]);

/** A sink whose standard output is a file. */
async function setup(t: TestContext, settings: Record<string, unknown>) {
  const folder = await mkdtemp(join(tmpdir(), "iggy-stdout-sink-"));
  const descriptor = openSync(join(folder, "out"), "w");
  t.after(async () => {
    closeSync(descriptor);
    await rm(folder, { recursive: true, force: true });
  });
  const context = recordingContext(folder);
  const sink = new StdoutSink(stdoutSink.config.parse(settings), context, new LineOutput(descriptor));
  const consume = (batch: MessageBatch) => sink.consume(batch, CONSUME);
  return { sink, consume, context, output: () => readFile(join(folder, "out"), "utf8") };
}

test("log: one line per batch with the original's facts", async (t) => {
  const { consume, context, output } = await setup(t, {});
  await consume(batchOf(["1", "2"], { firstOffset: 5n }));
  await consume(batchOf(["3"], { firstOffset: 7n }));
  assert.deepEqual(context.lines, ["info: Received 2 messages", "info: Received 1 messages"]);
  assert.deepEqual(context.fields[1], {
    messages: 1,
    schema: "json",
    stream: "orders",
    topic: "created",
    partition: 0,
    offset: "7",
    invocation: 2,
  });
  assert.equal(await output(), "");
});

test("log with print_payload: one more line per message, cut at max_payload_bytes between characters", async (t) => {
  const { consume, context } = await setup(t, { print_payload: true, max_payload_bytes: 10 });
  await consume(batchOf(["short", "€€€€€", Uint8Array.of(0xff, 0xfe)], { schema: "raw" }));
  assert.deepEqual(context.fields.slice(1), [
    { offset: "0", payload: "short" },
    { offset: "1", payload: "€€€", payload_bytes: 15 },
    { offset: "2", payload: "base64://4=" },
  ]);
});

test("json_lines: json passes as it is, one line each", async (t) => {
  const { consume, output, context } = await setup(t, { format: "json_lines" });
  await consume(batchOf(['{"a": 1.0}', '{\n"b":12345678901234567890}']));
  assert.equal(await output(), '{"a": 1.0}\n{ "b":12345678901234567890}\n');
  assert.deepEqual(context.lines, []);
});

test("json_lines: text becomes a string, bytes become base64", async (t) => {
  const { consume, output } = await setup(t, { format: "json_lines" });
  await consume(batchOf(["li\nne"], { schema: "text" }));
  await consume(batchOf([Uint8Array.of(0, 255)], { schema: "raw" }));
  assert.equal(await output(), '"li\\nne"\n{"data":"AP8=","iggy_payload_encoding":"base64"}\n');
});

test("json_lines with metadata and headers: an envelope with all digits", async (t) => {
  const { consume, output } = await setup(t, { format: "json_lines", include_metadata: true, include_headers: true });
  await consume(batchOf(['{"a":\r\n1}'], { firstOffset: 2n ** 63n, headers: HEADERS }));
  const line = await output();
  assert.match(line, /"iggy_offset":9223372036854775808,/);
  assert.deepEqual(JSON.parse(line), {
    metadata: {
      iggy_id: "00000000000000000000000000000001",
      iggy_offset: 2 ** 63,
      iggy_timestamp: 1_700_000_000_000_000,
      iggy_origin_timestamp: 1_600_000_000_000_000,
      iggy_stream: "orders",
      iggy_topic: "created",
      iggy_partition_id: 0,
      iggy_headers: {
        tenant: 'a"b',
        n: "9223372036854775808",
        bytes: { data: "AQI=", iggy_header_encoding: "base64" },
      },
    },
    payload: { a: 1 },
  });
  assert.equal(line.indexOf("\n"), line.length - 1);
});

test("raw: the bytes and a line feed", async (t) => {
  const { consume, output } = await setup(t, { format: "raw" });
  await consume(batchOf(["one", "t\nwo"], { schema: "raw" }));
  assert.equal(await output(), "one\nt\nwo\n");
});

test("sample_every counts through batches", async (t) => {
  const { consume, output } = await setup(t, { format: "raw", sample_every: 3 });
  await consume(batchOf(["0", "1"]));
  await consume(batchOf(["2", "3", "4"]));
  await consume(batchOf(["5"]));
  await consume(batchOf(["6", "7", "8", "9"]));
  assert.equal(await output(), "0\n3\n6\n9\n");
});

test("a line torn by an abort is ended before the repeated one", async (t) => {
  const script = `
    import { LineOutput } from "${new URL("./output.ts", import.meta.url)}";
    process.stdout._handle.setBlocking(false);
    const output = new LineOutput(1);
    const line = Buffer.alloc(300_000, "x");
    line[line.length - 1] = 10;
    const controller = new AbortController();
    const torn = output.write(line, controller.signal);
    process.once("message", () => controller.abort());
    await torn.catch(() => process.send("torn"));
    await output.write(Buffer.from("next\\n"), new AbortController().signal);
  `;
  const child = spawn(process.execPath, ["--conditions=iggy-source", "--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  t.after(() => child.kill());
  const stdout = child.stdout as NonNullable<typeof child.stdout>;
  // The beginning has arrived, the rest cannot: it is more than the pipe and this stream hold unread.
  await once(stdout, "readable");
  child.send("abort");
  await once(child, "message");
  const chunks: Buffer[] = [];
  for await (const chunk of stdout) chunks.push(chunk);
  const [first, second, rest] = Buffer.concat(chunks).toString().split("\n");
  assert.match(first ?? "", /^x+$/);
  assert.ok((first ?? "").length < 299_999);
  assert.deepEqual([second, rest], ["next", ""]);
});

test("a slow reader of a non-blocking pipe slows the sink down and gets every byte", async (t) => {
  const script = `
    import { LineOutput } from "${new URL("./output.ts", import.meta.url)}";
    process.stdout._handle.setBlocking(false);
    const output = new LineOutput(1);
    const { signal } = new AbortController();
    for (let line = 0; line < 40; line++) await output.write(Buffer.from(line + " " + "y".repeat(50_000) + "\\n"), signal);
  `;
  const child = spawn(process.execPath, ["--conditions=iggy-source", "--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill());
  let text = "";
  for await (const chunk of child.stdout as NonNullable<typeof child.stdout>) {
    text += chunk;
    await turn();
  }
  assert.deepEqual(
    text.trimEnd().split("\n"),
    Array.from({ length: 40 }, (_, line) => `${line} ${"y".repeat(50_000)}`),
  );
});

test("a closed output is fatal", async () => {
  const folder = await mkdtemp(join(tmpdir(), "iggy-stdout-sink-"));
  const descriptor = openSync(join(folder, "out"), "w");
  closeSync(descriptor);
  await rm(folder, { recursive: true });
  await assert.rejects(new LineOutput(descriptor).write(Buffer.from("x\n"), CONSUME.signal), FatalError);
});
