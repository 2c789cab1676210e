import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "@iggy-connectors/testing";
import type { SinkFile, SourceFile } from "../connector-files/schema.ts";
import { formatProblem } from "../problem.ts";
import { ConnectorFolder } from "./connector-folder.ts";
import type { ConnectorSet } from "./connector-set.ts";

const SINK = (key: string, more = ""): string => `type = "sink"
key = "${key}"
enabled = true
version = 0
name = "Sink ${key}"
path = "stdout"
${more}
[[streams]]
stream = "s"
topics = ["t"]
schema = "json"
`;

async function load(
  files: Record<string, string>,
  environment: NodeJS.ProcessEnv = {},
  strict = false,
): Promise<ConnectorSet> {
  await using folder = await temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder.path, "c", name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  const set = await new ConnectorFolder({
    folder: join(folder.path, "c"),
    environment,
    workingDirectory: folder.path,
    strict,
    secret: () => {},
  }).load();
  return JSON.parse(
    JSON.stringify(set, (_key, value) => (typeof value === "bigint" ? String(value) : value)).replaceAll(
      `${folder.path}/c/`,
      "",
    ),
  );
}

const sink = (set: ConnectorSet, key: string): SinkFile => {
  const config = set.connectors.find((one) => one.type === "sink" && one.key === key)?.config;
  assert.ok(config?.type === "sink", `sink ${key} is there: ${set.errors.map(formatProblem)}`);
  return config;
};
const source = (set: ConnectorSet, key: string): SourceFile => {
  const config = set.connectors.find((one) => one.type === "source" && one.key === key)?.config;
  assert.ok(config?.type === "source", `source ${key} is there: ${set.errors.map(formatProblem)}`);
  return config;
};

/** The original's example, as its files say. */
const RANDOM = (version: number, interval: string): string => `type = "source"
key = "random"
enabled = true
version = ${version}
name = "Random source"
path = "target/release/libiggy_connector_random_source"
plugin_config_format = "json"
verbose = false
benchmark = true

[[streams]]
stream = "example_stream"
topic = "example_topic"
schema = "json"
batch_length = 1000
linger_time = "5ms"

[plugin_config]
interval = "${interval}"
max_count = 1000000
messages_range = [1, 5]
payload_size = 200

[transforms.add_fields]
enabled = true

[[transforms.add_fields.fields]]
key = "test_field"
value.static = "hello!"
`;

test("the original's example runs unchanged, with every default", async () => {
  const set = await load({ "random_source_v0.toml": RANDOM(0, "100ms"), "random_source_v1.toml": RANDOM(1, "1000ms") });
  assert.deepEqual(set.errors, []);
  assert.deepEqual(set.warnings, []);
  assert.equal(set.connectors.length, 1);
  assert.deepEqual(set.connectors[0]?.config, {
    type: "source",
    key: "random",
    enabled: true,
    version: 1,
    name: "Random source",
    path: "target/release/libiggy_connector_random_source",
    plugin_config_format: "json",
    verbose: false,
    benchmark: true,
    tasks: 1,
    isolation: "auto",
    memory_limit: 256 * 1024 ** 2,
    buffer_bytes: 32 * 1024 ** 2,
    max_in_flight: 1,
    max_in_flight_partitions: 1,
    on_error: "dead_letter",
    retry: {
      initial_backoff: 100,
      max_backoff: 30_000,
      backoff_multiplier: 2,
      jitter: 0.2,
      max_attempts: 0,
      max_elapsed: 0,
    },
    consume_timeout: 0,
    start_timeout: 30_000,
    stop_timeout: 10_000,
    hang_timeout: 30_000,
    flush_interval: 10_000,
    flush_bytes: 16 * 1024 ** 2,
    flush_messages: 0,
    initial_offset: { kind: "first" },
    tap: false,
    streams: [
      {
        stream: "example_stream",
        topic: "example_topic",
        schema: "json",
        batch_length: 1000,
        linger_time: 5,
        create: true,
        partitions: 1,
        partition_by: "balanced",
      },
    ],
    plugin_config: { interval: "1000ms", max_count: 1_000_000, messages_range: [1, 5], payload_size: 200 },
    transforms: { add_fields: { enabled: true, fields: [{ key: "test_field", value: { static: "hello!" } }] } },
  });
});

test("every key of ours is read, also as YAML and JSON", async () => {
  const connector = {
    type: "sink",
    key: "all",
    enabled: true,
    version: 3,
    name: "All",
    path: "x",
    tasks: 2,
    isolation: "auto",
    memory_limit: "64MiB",
    buffer_bytes: 1000,
    max_in_flight: 1,
    max_in_flight_partitions: 4,
    on_error: "skip",
    dead_letter: {
      stream: "d",
      topic: "t_{key}",
      create: false,
      retention: "1d",
      max_size: "1MiB",
      max_payload: "1KiB",
    },
    retry: {
      initial_backoff: "1s",
      max_backoff: "2s",
      backoff_multiplier: 1.5,
      jitter: 0,
      max_attempts: 3,
      max_elapsed: 0,
    },
    consume_timeout: "1m",
    start_timeout: "1s",
    stop_timeout: "2s",
    flush_interval: "3s",
    flush_bytes: "1MiB",
    flush_messages: 5,
    initial_offset: "last",
    log_level: "debug",
    verbose: true,
    benchmark: true,
    transforms: [{ type: "delete_fields", fields: ["a"] }],
    plugin_config: { deep: { list: [1, null, "x"] } },
    streams: [
      {
        stream: "s",
        topics: ["a", "b"],
        schema: "raw",
        batch_length: 10,
        poll_interval: "0",
        consumer_group: "g",
        create: true,
        partitions: 3,
        validate: false,
      },
    ],
  };
  const set = await load({ "all.json": JSON.stringify(connector) });
  assert.deepEqual(set.errors, []);
  assert.deepEqual(set.warnings, []);
  const { memory_limit, dead_letter, retry, ...rest } = sink(set, "all");
  assert.equal(memory_limit, 64 * 1024 ** 2);
  assert.deepEqual(dead_letter, {
    stream: "d",
    topic: "t_{key}",
    create: false,
    retention: 86_400_000,
    max_size: 1024 ** 2,
    max_payload: 1024,
  });
  assert.deepEqual(retry, { ...connector.retry, initial_backoff: 1000, max_backoff: 2000 });
  assert.equal(rest.consume_timeout, 60_000);
  assert.deepEqual(rest.initial_offset, { kind: "last" });
  assert.deepEqual(rest.streams[0]?.topics, ["a", "b"]);
  assert.equal(rest.streams[0]?.poll_interval, 0);
  assert.deepEqual(rest.plugin_config, connector.plugin_config);
  assert.deepEqual(rest.transforms, connector.transforms);
});

test("the scan takes connector files and leaves the rest alone", async () => {
  const yaml =
    "type: sink\nkey: y\nenabled: true\nversion: 0\nname: Y\npath: p\nstreams: [{stream: s, topics: [t], schema: json}]\n";
  const set = await load({
    "a.toml": SINK("a"),
    "y.yml": yaml,
    ".hidden.toml": "not = [toml",
    "Cargo.TOML": "x",
    "cargo.toml": "x = 1",
    "other.yaml": "hello: world",
    "package.json": "{}",
    "plugin.ts": "export default 1",
    ".gitkeep": "",
    "sub/b.toml": SINK("b"),
  });
  assert.deepEqual(set.errors, []);
  assert.deepEqual(
    set.connectors.map(({ key }) => key),
    ["a", "y"],
  );
});

test("a folder that does not exist is an error, and is not created", async () => {
  await using folder = await temporaryFolder();
  const options = { environment: {}, workingDirectory: folder.path, strict: false, secret: () => {} };
  const missing = join(folder.path, "new");
  await assert.rejects(new ConnectorFolder({ ...options, folder: missing }).load(), /does not exist.*config_dir/);
  assert.ok(!existsSync(missing));
  await writeFile(join(folder.path, "file"), "");
  await assert.rejects(
    new ConnectorFolder({ ...options, folder: join(folder.path, "file") }).load(),
    /connectors.config_dir/,
  );
});

test("one bad file never stops the others, and says what is wrong", async () => {
  const set = await load({
    "good.toml": SINK("good"),
    "syntax.toml": "type = \n",
    "no_key.toml": 'type = "sink"\n',
    "wrong_type.toml": 'type = "sing"\nkey = "x"\n',
    "typed.connector.ts": "export default {}",
    "missing.toml": SINK("missing").replace('path = "stdout"\n', ""),
    "wrong.toml": SINK("wrong", 'tasks = "two"\ninitial_offset = "middle"'),
    "interval.toml": `${SINK("interval")}poll_interval = "not-a-valid-duration"\n`,
  });
  assert.deepEqual(
    set.connectors.map(({ key }) => key),
    ["good"],
  );
  assert.deepEqual(
    set.broken.map(({ key }) => key),
    ["interval", "missing", "wrong"],
  );
  assert.deepEqual(set.errors.map(formatProblem).sort(), [
    'interval.toml:12 streams[0].poll_interval: invalid poll interval: "not-a-valid-duration" is not a duration; write a number with a unit, such as "500ms", "30s" or "1h 30m"; "0" means none',
    'missing.toml path: is missing; add it, for example path = "stdout"',
    'no_key.toml key: is missing; add a key, for example key = "my_connector"',
    "syntax.toml:1: is not valid TOML: invalid value; correct the syntax",
    'typed.connector.ts type: is missing; add type = "sink" or type = "source"',
    'wrong.toml:7 tasks: invalid tasks: must be a number, but is "two"; write a number, without quotes',
    'wrong.toml:8 initial_offset: invalid initial offset: "middle" is not a valid initial_offset; write "first", "last", an offset, or a time such as "2026-01-31T12:00:00Z"',
    'wrong_type.toml:1 type: "sing" is not a connector type; write "sink" or "source"',
  ]);
});

test("an unreadable file is reported", { skip: process.getuid?.() === 0 && "root reads everything" }, async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "a.toml");
  await writeFile(file, SINK("a"));
  await chmod(file, 0);
  const set = await new ConnectorFolder({
    folder: folder.path,
    environment: {},
    workingDirectory: folder.path,
    strict: false,
    secret: () => {},
  }).load();
  assert.equal(set.errors[0]?.code, "IGC_CONFIG_UNREADABLE");
});

test("unknown keys warn with a suggestion, free-form ones do not; with strict they are errors", async () => {
  const files = { "a.toml": SINK("a", "batch_lenght = 1\n[plugin_config]\nanything = 1\n[retry]\njiter = 1") };
  const set = await load(files);
  assert.deepEqual(
    set.warnings.map(({ key, line, fix }) => [key, line, fix]),
    [
      ["batch_lenght", 7, "remove it"],
      ["retry.jiter", 11, "did you mean jitter?"],
    ],
  );
  assert.equal(set.connectors.length, 1);
  const strict = await load(files, {}, true);
  assert.equal(strict.connectors.length, 0);
  assert.equal(strict.broken.length, 1);
});

test("the highest version runs, unless another one is activated", async () => {
  const files = { "0.toml": RANDOM(0, "1s"), "2.toml": RANDOM(2, "2s"), "10.toml": RANDOM(10, "3s") };
  assert.equal(source(await load(files), "random").version, 10);
  const activated = await load({ ...files, ".active_versions.toml": "[sources]\nrandom = 2\n[sinks]\nrandom = 0\n" });
  assert.equal(source(activated, "random").version, 2);
});

test("an activated version that no file has is an error of that connector", async () => {
  const set = await load({ "0.toml": RANDOM(0, "1s"), ".active_versions.toml": "[sources]\nrandom = 7\n" });
  assert.deepEqual(set.connectors, []);
  assert.equal(set.broken[0]?.key, "random");
  assert.match(set.errors[0]?.message ?? "", /version 7 is activated/);
});

test("an unreadable record of active versions is reported, and the highest version runs", async () => {
  const set = await load({ "0.toml": RANDOM(0, "1s"), ".active_versions.toml": "[sources\n" });
  assert.equal(source(set, "random").version, 0);
  assert.equal(set.errors[0]?.code, "IGC_CONFIG_SYNTAX");
  const wrong = await load({ "0.toml": RANDOM(0, "1s"), ".active_versions.toml": '[sources]\nrandom = "x"\n' });
  assert.equal(wrong.errors[0]?.line, 2);
});

test("two files of one version are an error; a sink and a source may share a key", async () => {
  const set = await load({ "a.toml": SINK("random"), "b.toml": SINK("random"), "c.toml": RANDOM(0, "1s") });
  assert.equal(set.connectors.length, 2);
  assert.equal(set.errors.length, 1);
  assert.equal(set.errors[0]?.code, "IGC_CONFIG_DUPLICATE");
  assert.equal(set.errors[0]?.file, "b.toml");
});

test("a bad old version does not touch the active one", async () => {
  const set = await load({ "0.toml": RANDOM(0, "1s").replace('schema = "json"', ""), "1.toml": RANDOM(1, "1s") });
  assert.equal(source(set, "random").version, 1);
  assert.equal(set.errors.length, 1);
});

test("a disabled connector does not run", async () => {
  const set = await load({ "a.toml": SINK("a").replace("enabled = true", "enabled = false") });
  assert.deepEqual(set.connectors, []);
  assert.equal(set.disabled[0]?.key, "a");
});

test("variables override keys, merge streams element by element, and reach plugin settings", async () => {
  const file = `${SINK("pg-main")}poll_interval = "7ms"
[plugin_config]
password = "old"
Port = 1
[plugin_config.tls]
mode = "off"
`;
  const set = await load(
    { "a.toml": file },
    {
      IGGY_CONNECTORS_SINK_PG_MAIN_VERBOSE: "true",
      IGGY_CONNECTORS_SINK_PG_MAIN_RETRY_MAX_ATTEMPTS: "5",
      IGGY_CONNECTORS_SINK_PG_MAIN_STREAMS_0_TOPICS: "[x, y]",
      IGGY_CONNECTORS_SINK_PG_MAIN_STREAMS_0_BATCH_LENGTH: "50",
      IGGY_CONNECTORS_SINK_PG_MAIN_STREAMS_1_STREAM: "second",
      IGGY_CONNECTORS_SINK_PG_MAIN_STREAMS_1_TOPICS: "[z]",
      IGGY_CONNECTORS_SINK_PG_MAIN_STREAMS_1_SCHEMA: "text",
      IGGY_CONNECTORS_SINK_PG_MAIN_PLUGIN_CONFIG_FORMAT: "json",
      IGGY_CONNECTORS_SINK_PG_MAIN_PLUGIN_CONFIG_PASSWORD: "12345",
      IGGY_CONNECTORS_SINK_PG_MAIN_PLUGIN_CONFIG_PORT: "5432",
      IGGY_CONNECTORS_SINK_PG_MAIN_PLUGIN_CONFIG_TLS__MODE: "on",
      IGGY_CONNECTORS_SINK_PG_MAIN_PLUGIN_CONFIG_TLS__CA_FILE: "/ca.pem",
      IGGY_CONNECTORS_SINK_PG_MAIN_PLUGIN_CONFIG__FORMAT: "csv",
      IGGY_CONNECTORS_SINK_PG_MAIN_PLUGIN_CONFIG_RANGE: "[1, 5]",
    },
  );
  assert.deepEqual(set.warnings, []);
  const config = sink(set, "pg-main");
  assert.equal(config.verbose, true);
  assert.equal(config.retry.max_attempts, 5);
  assert.equal(config.plugin_config_format, "json");
  assert.deepEqual(
    config.streams.map(({ stream, topics, schema, batch_length, poll_interval }) => [
      stream,
      topics,
      schema,
      batch_length,
      poll_interval,
    ]),
    [
      ["s", ["x", "y"], "json", 50, 7],
      ["second", ["z"], "text", 1000, 5],
    ],
  );
  assert.deepEqual(config.plugin_config, {
    password: "12345",
    Port: "5432",
    tls: { mode: "on", ca_file: "/ca.pem" },
    format: "csv",
    range: "[1, 5]",
  });
  // Only the plugin's schema knows which of these texts are meant as something else.
  assert.deepEqual(set.connectors[0]?.pluginTexts, [
    ["password"],
    ["Port"],
    ["tls", "mode"],
    ["tls", "ca_file"],
    ["format"],
    ["range"],
  ]);
});

test("a plugin setting that consists of a placeholder may have any type", async () => {
  const set = await load(
    { "a.toml": `${SINK("a")}[plugin_config]\nport = "\${PORT}"\nurl = "h:\${PORT}"\nlist = [{ x = "\${PORT:1}" }]\n` },
    { PORT: "5432" },
  );
  assert.deepEqual(sink(set, "a").plugin_config, { port: "5432", url: "h:5432", list: [{ x: "5432" }] });
  assert.deepEqual(set.connectors[0]?.pluginTexts, [["port"], ["list", 0, "x"]]);
});

test("a secret of a plugin may be in a file", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "secret");
  await writeFile(file, "0042\n");
  const set = await load({ "a.toml": SINK("a") }, { IGGY_CONNECTORS_SINK_A_PLUGIN_CONFIG_PASSWORD_FILE: file });
  assert.deepEqual(sink(set, "a").plugin_config, { password: "0042" });
  assert.deepEqual(set.secrets, ["0042"]);
});

test("the longest key claims a variable; an unclaimed one warns", async () => {
  const set = await load(
    { "a.toml": SINK("pg"), "b.toml": SINK("pg_audit") },
    {
      IGGY_CONNECTORS_SINK_PG_AUDIT_VERBOSE: "true",
      IGGY_CONNECTORS_SINK_PG_VERBOS: "true",
      IGGY_CONNECTORS_SOURCE_PG_VERBOSE: "true",
    },
  );
  assert.equal(sink(set, "pg").verbose, false);
  assert.equal(sink(set, "pg_audit").verbose, true);
  assert.deepEqual(
    set.warnings.map(({ key, fix }) => [key, fix]),
    [
      ["IGGY_CONNECTORS_SOURCE_PG_VERBOSE", "the keys are pg, pg_audit"],
      ["IGGY_CONNECTORS_SINK_PG_VERBOS", "did you mean IGGY_CONNECTORS_SINK_PG_VERBOSE?"],
    ],
  );
});

test("a bad variable breaks its connector and is named in the error", async () => {
  const set = await load(
    { "a.toml": SINK("a"), "b.toml": SINK("b") },
    { IGGY_CONNECTORS_SINK_A_TASKS: "many", IGGY_CONNECTORS_SINK_B_STREAMS_0_POLL_INTERVAL: "5 parsecs" },
  );
  assert.deepEqual(set.connectors, []);
  assert.deepEqual(
    set.errors.map(({ file, key }) => [file, key]),
    [
      ["environment", "IGGY_CONNECTORS_SINK_A_TASKS"],
      ["environment", "IGGY_CONNECTORS_SINK_B_STREAMS_0_POLL_INTERVAL (streams[0].poll_interval)"],
    ],
  );
});

test("schema names may have the aliases of the original", async () => {
  const set = await load({
    "a.toml": SINK("a").replace('"json"', '"flatbuffer"'),
    "b.toml": SINK("b").replace('"json"', '"protobuf"'),
  });
  assert.equal(sink(set, "a").streams[0]?.schema, "flat_buffer");
  assert.equal(sink(set, "b").streams[0]?.schema, "proto");
});

test("the schemas of a stream are checked key by key, and get their defaults", async () => {
  const stream = (lines: string) => `${SINK("a").replace('schema = "json"', `schema = "proto"\n${lines}`)}`;
  const registry = '[streams.schema_registry]\nurl = "http://registry"\n';
  const good = await load({
    "a.toml": `${stream('proto_message_type = "shop.Order"\nproto_mode = "message"')}${registry}`,
  });
  const [loaded] = sink(good, "a").streams;
  assert.equal(loaded?.proto_message_type, "shop.Order");
  assert.deepEqual(loaded?.schema_registry, {
    url: "http://registry",
    auto_register: true,
    framing: "confluent",
    cache: 1000,
  });
  for (const [lines, key] of [
    ['proto_mode = "msg"', "streams[0].proto_mode"],
    ['avro_logical = "yes"', "streams[0].avro_logical"],
    ["flatbuffer_schema_path = 5", "streams[0].flatbuffer_schema_path"],
    ["[streams.schema_registry]\ncache = 0", "streams[0].schema_registry.url"],
    ['[streams.schema_registry]\nurl = "u"\nframing = "x"', "streams[0].schema_registry.framing"],
  ] as const) {
    const set = await load({ "a.toml": stream(lines) });
    assert.ok(
      set.errors.some((error) => error.key === key),
      `${key} is not among ${set.errors.map((error) => error.key).join(", ")}`,
    );
  }
});

test("a sink needs topics, or a pattern of them", async () => {
  const set = await load({
    "a.toml": SINK("a").replace(/topics = .*/, 'topics_pattern = "orders_.*"'),
    "b.toml": SINK("b").replace(/topics = .*/, ""),
  });
  const [stream] = sink(set, "a").streams;
  assert.deepEqual([stream?.topics, stream?.topics_pattern], [[], "orders_.*"]);
  assert.deepEqual(
    set.errors.map(({ key, message }) => [key, message]),
    [["streams[0].topics", "is missing"]],
  );
});

test("a key named __proto__ harms nothing", async () => {
  const set = await load({ "a.toml": `${SINK("a")}[plugin_config.__proto__]\npolluted = true\n` });
  assert.equal(set.connectors.length, 1);
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
});

test("every file may name its schema for editors", async () => {
  const yaml = "$schema: ./sinks.json\ntype: sink\nkey: b\nenabled: true\nversion: 0\nname: B\npath: stdout\n";
  const set = await load(
    {
      "a.toml": `"$schema" = "./sinks.json"\n${SINK("a")}`,
      "b.yaml": `${yaml}streams: [{ stream: s, topics: [t], schema: json }]\n`,
    },
    {},
    true,
  );
  assert.deepEqual(set.errors, []);
  assert.deepEqual(
    set.connectors.map(({ key }) => key),
    ["a", "b"],
  );
});
