import assert from "node:assert/strict";
import { test } from "node:test";
import { maskSecrets } from "@iggy-connectors/sdk";
import { missingPython, S3Server } from "@iggy-connectors/test-support";
import { eventually, TestEnvironment } from "@iggy-connectors/testing";
import { s3SinkConfig } from "../src/config.ts";
import { TestBucket } from "./bucket.ts";

const skip = process.env.S3_URL === undefined && (await missingPython());

/** Every key of the original's S3 sink, as its own example spells them. */
const original = (key: string, topic: string, endpoint: string, bucket: TestBucket, more = ""): string => `
type = "sink"
key = "${key}"
enabled = true
version = 0
name = "S3 sink"
path = "../../target/release/libiggy_connector_s3_sink"
plugin_config_format = "toml"
verbose = false

[[streams]]
stream = "test_stream"
topics = ["${topic}"]
schema = "json"
batch_length = 100
poll_interval = "5ms"
consumer_group = "${key}"

[plugin_config]
bucket = "${bucket.name}"
region = "us-east-1"
prefix = "/iggy/"
endpoint = "${endpoint}"
access_key_id = "${bucket.settings().access_key_id}"
secret_access_key = "${bucket.settings().secret_access_key}"
path_style = true
path_template = "{stream}/{topic}/{date}/{hour}"
file_rotation = "size"
max_file_size = "8MiB"
output_format = "jsonl"
include_metadata = true
include_headers = true
max_retries = 3
retry_delay = "1s"
${more}
`;

const record = (id: number): string =>
  JSON.stringify({
    id,
    name: `record_${id}`,
    count: id,
    amount: id / 2,
    active: true,
    timestamp: 1_700_000_000_000_000,
  });

test("the original's configuration runs, and what its own tests assert holds", { skip, timeout: 120_000 }, async () => {
  await using environment = await TestEnvironment.start();
  await using server = await S3Server.start();
  const bucket = await TestBucket.create(server);
  for (const [topic, count] of [
    ["test_topic", 5],
    ["test_topic_2", 25],
  ] as const) {
    await environment.send(
      "test_stream",
      topic,
      Array.from({ length: count }, (_, id) => record(id)),
    );
  }
  const counted = original("counted", "test_topic_2", server.url, bucket)
    .replace('file_rotation = "size"', 'file_rotation = "messages"')
    .replace('max_file_size = "8MiB"', "max_messages_per_file = 10");
  await using runtime = await environment.runtime({
    "s3.toml": original("s3", "test_topic", server.url, bucket),
    "counted.toml": counted,
  });
  await runtime.connectorIn("/sinks/s3", "running");
  await runtime.connectorIn("/sinks/counted", "running");
  // Stopping flushes, without waiting for the interval.
  await eventually(
    async () => /iggy_connector_messages_in_flight\{[^}]*\} 25/.test(await runtime.get<string>("/metrics")),
    {
      what: "25 messages in hand",
    },
  );
  assert.equal(await runtime.stop(), 0, runtime.output);

  const keys = await bucket.keys("iggy/test_stream/test_topic/");
  assert.equal(keys.length, 1);
  assert.match(keys[0] ?? "", /^iggy\/test_stream\/test_topic\/\d{4}-\d{2}-\d{2}\/\d{2}\/00000-0{20}\.jsonl$/);
  const lines = (await bucket.get(keys[0] ?? "")).body.toString().split("\n").filter(Boolean);
  assert.equal(lines.length, 5);
  for (const [offset, line] of lines.entries()) {
    const { timestamp, ...rest } = JSON.parse(line);
    assert.match(timestamp, /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/);
    const payload = JSON.parse(record(offset));
    assert.deepEqual(rest, { offset, stream: "test_stream", topic: "test_topic", partition_id: 0, payload });
  }
  const numbered = await bucket.keys("iggy/test_stream/test_topic_2/");
  assert.equal(numbered.length, 3);
  assert.deepEqual(
    numbered.map((key) => Number(key.slice(-26, -6))),
    [0, 10, 20],
  );
});

test("the runtime refuses topics that path_template does not tell apart", { skip, timeout: 120_000 }, async () => {
  await using environment = await TestEnvironment.start();
  await using server = await S3Server.start();
  const bucket = await TestBucket.create(server);
  for (const topic of ["x1", "x2"]) await environment.send("test_stream", topic, [record(1)]);
  const config = original("s3", "x1", server.url, bucket)
    .replace('["x1"]', '["x1", "x2"]')
    .replace("{stream}/{topic}/{date}/{hour}", "all/{date}");
  await using runtime = await environment.runtime({ "s3.toml": config });
  await runtime.connectorIn("/sinks/s3", "failed");
  const { tasks } = await runtime.get<{ tasks: { last_error: { code: string } }[] }>("/sinks/s3/status");
  assert.equal(tasks[0]?.last_error.code, "IGC_SINK_S3_TEMPLATE");
  assert.deepEqual(await bucket.keys(), []);
});

test("the original's rules for its keys hold, and each refusal names the key", () => {
  const base = { bucket: "b", region: "r" };
  const problem = (settings: Record<string, unknown>): string => {
    const result = s3SinkConfig.safeParse({ ...base, ...settings });
    return (result.error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
  };
  assert.match(problem({ bucket: "" }), /^bucket:/);
  assert.match(problem({ region: "" }), /^region:/);
  assert.match(problem({ path_template: "" }), /^path_template:/);
  assert.match(problem({ access_key_id: "a" }), /^access_key_id: .*both or neither/);
  assert.match(problem({ session_token: "a" }), /^session_token:/);
  assert.match(problem({ file_rotation: "messages" }), /^max_messages_per_file: is required/);
  assert.match(problem({ max_messages_per_file: 0 }), /^max_messages_per_file:/);
  assert.match(problem({ max_file_size: "0" }), /^max_file_size:/);
  assert.match(problem({ max_file_size: "6GiB" }), /^max_file_size: .*5 GiB/);
  assert.match(problem({ retry_delay: "soon" }), /^retry_delay:/);
  assert.match(problem({ endpoint: "ftp://x" }), /^endpoint:/);
  assert.match(problem({ compression: "snappy" }), /^compression:/);
  assert.match(problem({ columns: [{ name: "a", type: "string" }] }), /^columns:/);
  const twice = { output_format: "parquet", columns: [{ name: "offset", type: "int64" }] };
  assert.match(problem(twice), /two columns are called "offset"/);
  assert.equal(problem({ ...twice, include_metadata: false }), "");
  assert.equal(s3SinkConfig.parse(base).max_attempts, 3);
  assert.equal(s3SinkConfig.parse({ ...base, max_retries: 7 }).max_attempts, 7);
  assert.equal(s3SinkConfig.parse({ ...base, output_format: "jsonlines" }).output_format, "json_lines");
});

test("credentials are shown nowhere", () => {
  const settings = {
    bucket: "b",
    region: "r",
    access_key_id: "AKIA",
    secret_access_key: "hush",
    session_token: "hush",
  };
  const shown = JSON.stringify(maskSecrets(s3SinkConfig, settings));
  assert.doesNotMatch(shown, /AKIA|hush/);
  assert.match(shown, /"bucket":"b"/);
});
