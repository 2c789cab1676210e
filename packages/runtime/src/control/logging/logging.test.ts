import assert from "node:assert/strict";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { Redaction } from "../../shared/redaction.ts";
import { connectorLine } from "./connector-lines.ts";
import { descriptorSink } from "./descriptor-sink.ts";
import { parseFilter } from "./filter.ts";
import { formatLogLine } from "./format.ts";
import { LineWriter } from "./line-writer.ts";
import type { LogLine } from "./log-line.ts";
import { RuntimeLog } from "./runtime-log.ts";
import { setUpLog } from "./set-up.ts";

const LINE: LogLine = {
  level: "info",
  time: Date.UTC(2026, 0, 31, 12, 0, 0, 123),
  target: "iggy_connectors",
  message: "hello",
  fields: { key: "a b", count: 3, big: 5n, on: true, none: undefined, list: [1, "x"], error: new Error("oh") },
};

test("a text line has the original's format", () => {
  assert.equal(
    formatLogLine(LINE),
    '2026-01-31T12:00:00.123Z  INFO iggy_connectors: hello key="a b" count=3 big=5 on=true list=[1,"x"] error="oh"',
  );
});

test("colours are only added when asked for", () => {
  const text = formatLogLine({ ...LINE, fields: {} }, { colours: true });
  assert.ok(text.includes("\x1b[32m INFO\x1b[0m"));
  assert.equal(stripVTControlCharacters(text), formatLogLine({ ...LINE, fields: {} }));
});

test("a JSON line has the original's format", () => {
  assert.deepEqual(JSON.parse(formatLogLine(LINE, { format: "json" })), {
    timestamp: "2026-01-31T12:00:00.123Z",
    level: "INFO",
    fields: { message: "hello", key: "a b", count: 3, big: "5", on: true, list: [1, "x"], error: "oh" },
    target: "iggy_connectors",
  });
});

test("an event is one line, whatever it contains", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (message, value) => {
      for (const format of ["text", "json"] as const) {
        const fields = { [value]: value, deep: { value }, error: new Error(value) };
        const text = formatLogLine({ ...LINE, target: `iggy_connectors::${value}`, message, fields }, { format });
        // What a terminal obeys, and what reorders or hides the text around it.
        assert.doesNotMatch(text, /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\ufeff]/u);
      }
    }),
    { examples: [["\u009b2J\u2028", "\u202egnp.exe\u2066"]] },
  );
});

test("directives filter by level and target, and the longest target wins", () => {
  const enabled = (directives: string, target: string, level: LogLine["level"]): boolean =>
    parseFilter(directives).filter.enabled(target, level);
  assert.equal(enabled("info", "iggy_connectors", "debug"), false);
  assert.equal(enabled("INFO", "iggy_connectors", "info"), true);
  assert.equal(enabled("warn,iggy_connectors::sink=debug", "iggy_connectors::sink", "debug"), true);
  assert.equal(enabled("warn,iggy_connectors::sink=debug", "iggy_connectors::sinks", "debug"), false);
  assert.equal(
    enabled("warn,iggy_connectors=debug,iggy_connectors::sink=error", "iggy_connectors::sink", "warn"),
    false,
  );
  assert.equal(enabled("iggy_connectors::benchmark=info", "iggy_connectors::benchmark", "info"), true);
  assert.equal(enabled("iggy_connectors::benchmark=info", "iggy_connectors", "warn"), false);
  assert.equal(enabled("off", "iggy_connectors", "error"), false);
  assert.equal(parseFilter("warn,a::b=trace").filter.mostVerbose, "trace");
  assert.equal(parseFilter("off").filter.mostVerbose, undefined);
  assert.deepEqual(parseFilter("info,loud,x=y").unknown, ["loud", "x=y"]);
});

test("secrets are masked in messages and fields", () => {
  const redaction = new Redaction();
  redaction.add("hunter22");
  redaction.add("hunter22-longer");
  redaction.add("iggy");
  assert.equal(redaction.text("hunter22-longer, hunter22, iggy"), "******, ******, iggy");
  assert.deepEqual(redaction.fields({ url: "http://u:hunter22@h", deep: [{ apiKey: "xyz", n: 1 }], password: "" }), {
    url: "http://u:******@h",
    deep: [{ apiKey: "******", n: 1 }],
    password: "",
  });
});

test("values that the schema of a plugin marks as secret are masked", () => {
  const redaction = new Redaction();
  const schema = {
    type: "object",
    properties: {
      auth: { anyOf: [{ type: "null" }, { properties: { key: { type: "string", secret: true } } }] },
      headers: { type: "object", additionalProperties: { type: "string", secret: true } },
      list: { type: "array", items: { secret: true } },
      open: { type: "string" },
    },
  };
  redaction.addMarked(schema, {
    auth: { key: "secret-one" },
    headers: { x: "secret-two" },
    list: ["secret-three"],
    open: "visible",
  });
  assert.equal(redaction.text("secret-one secret-two secret-three visible"), "****** ****** ****** visible");
});

test("a secret is masked in the form it has in URLs and in quotes, and passwords in URLs are masked even if they are unknown", () => {
  const redaction = new Redaction();
  redaction.add('pass "word" &1');
  assert.equal(redaction.text(JSON.stringify({ a: 'pass "word" &1' })), '{"a":"******"}');
  assert.equal(redaction.text(`?x=${encodeURIComponent('pass "word" &1')}`), "?x=******");
  assert.equal(redaction.text("postgres://me:s3cret@host/db failed"), "postgres://me:******@host/db failed");
  assert.equal(redaction.text("GET /a?page=1&api_key=abc&b=2"), "GET /a?page=1&api_key=******&b=2");
  // References to secrets, and what is not a secret, stay readable.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the syntax of a reference
  for (const text of ["postgres://me:${PASSWORD}@host", "http://host:8080/a@b", "a=b", "mail: me@example.org"]) {
    assert.equal(redaction.text(text), text);
  }
});

test("values below the maximum depth are not shown", () => {
  const redaction = new Redaction();
  redaction.add("s3cret");
  const deep = Array.from({ length: 20 }).reduce<unknown>((inner) => [inner], "s3cret");
  assert.doesNotMatch(JSON.stringify(redaction.fields({ deep })), /s3cret/);
});

test("lines logged before the configuration are filtered and written in order once it is known", () => {
  const log = new RuntimeLog();
  const lines: string[] = [];
  log.redaction.add("password1");
  log.logger().debug("one");
  log.logger().warn("two password1");
  log.configure(parseFilter("info").filter, (line) => lines.push(line.message));
  log.logger().info("three");
  log.logger().debug("four");
  assert.deepEqual(lines, ["two ******", "three"]);
});

test("the log_level of a connector overrides the common level", () => {
  const log = new RuntimeLog();
  const lines: string[] = [];
  log.configure(parseFilter("error").filter, (line) => lines.push(line.message));
  log.add(connectorLine("sink", "k", { level: "debug", time: 0, message: "own", fields: undefined }), true);
  log.add(connectorLine("sink", "k", { level: "debug", time: 0, message: "common", fields: undefined }));
  assert.deepEqual(lines, ["own"]);
});

test("a line of a worker has the key of its connector; timings have the original's target and fields", () => {
  const line = connectorLine("sink", "k", { level: "info", time: 0, message: "m", fields: { a: 1 } });
  assert.equal(line.target, "iggy_connectors::sink");
  assert.deepEqual(line.fields, { connector: "k", a: 1 });
  const fields = { target: "iggy_connectors::benchmark", total_us: 1 };
  const timing = connectorLine("sink", "k", { level: "info", time: 0, message: "benchmark", fields });
  assert.match(formatLogLine(timing), /iggy_connectors::benchmark: benchmark total_us=1$/);
});

test("RUST_LOG overrides IGGY_CONNECTORS_LOG, which overrides the configuration", () => {
  const written = (environment: NodeJS.ProcessEnv): string[] => {
    const log = new RuntimeLog();
    const lines: string[] = [];
    const writer = new LineWriter((_text, done) => done());
    const config = { format: "text", level: "info" } as const;
    setUpLog({ log, config, environment, writer, terminal: false, onLog: (line) => lines.push(line.message) });
    for (const level of ["debug", "info", "warn"] as const) log.logger()[level](level);
    return lines;
  };
  assert.deepEqual(written({}), ["info", "warn"]);
  assert.deepEqual(written({ IGGY_CONNECTORS_LOG: "debug" }), ["debug", "info", "warn"]);
  assert.deepEqual(written({ IGGY_CONNECTORS_LOG: "debug", RUST_LOG: "warn" }), ["warn"]);
  assert.match(written({ RUST_LOG: "loud" })[0] ?? "", /"loud" is invalid/);
});

test("colours are used on a terminal if NO_COLOR is not set", async () => {
  const written = async (terminal: boolean, environment: NodeJS.ProcessEnv): Promise<string> => {
    let text = "";
    const writer = new LineWriter((piece, done) => {
      text += piece;
      done();
    });
    const log = new RuntimeLog();
    setUpLog({ log, config: { format: "text", level: "info" }, environment, writer, terminal });
    log.logger().info("x");
    await writer.flushed();
    return text;
  };
  assert.ok((await written(true, {})).includes("\x1b"));
  assert.ok(!(await written(true, { NO_COLOR: "1" })).includes("\x1b"));
  assert.ok(!(await written(false, {})).includes("\x1b"));
});

test("a slow reader does not block the log, and reads how many lines were dropped", async () => {
  const pieces: string[] = [];
  let release = (): void => {};
  const writer = new LineWriter((piece, done) => {
    pieces.push(piece);
    release = done;
  });
  const line = "x".repeat(1024 * 1024);
  for (let index = 0; index < 20; index++) writer.write(line);
  const flushed = writer.flushed();
  await new Promise(setImmediate);
  assert.equal(pieces.length, 1);
  assert.match(pieces[0] ?? "", /\(13 log lines were dropped: the reader was too slow\)\n$/);
  release();
  await flushed;
});

test("lines reach a file descriptor in order", async () => {
  const folder = mkdtempSync(join(tmpdir(), "iggy-log-"));
  const file = join(folder, "log");
  const descriptor = openSync(file, "w");
  try {
    const writer = new LineWriter(descriptorSink(descriptor));
    for (let index = 0; index < 1000; index++) writer.write(`line ${index}`);
    await writer.flushed();
    writer.write("last");
    await writer.flushed();
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    assert.deepEqual(lines, [...Array.from({ length: 1000 }, (_, index) => `line ${index}`), "last"]);
  } finally {
    closeSync(descriptor);
    rmSync(folder, { recursive: true });
  }
});
