import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually, HttpDestination, TestEnvironment } from "@iggy-connectors/testing";

/** Every key of the original's HTTP sink, as its own example spells them. */
const original = (url: string, key: string, plugin: string) => `
type = "sink"
key = "${key}"
enabled = true
version = 0
name = "HTTP sink"
path = "../../target/release/libiggy_connector_http_sink"
plugin_config_format = "toml"
verbose = false

[[streams]]
stream = "test_stream"
topics = ["test_topic", "test_topic_2"]
schema = "json"
batch_length = 100
poll_interval = "5ms"
consumer_group = "${key}"

[plugin_config]
url = "${url}/ingest"
method = "POST"
timeout = "30s"
max_payload_size_bytes = 10485760
health_check_enabled = true
health_check_method = "HEAD"
max_retries = 3
retry_delay = "1s"
max_retry_delay = "30s"
retry_backoff_multiplier = 2
success_status_codes = [200, 201, 202, 204]
tls_danger_accept_invalid_certs = false
max_connections = 10
verbose_logging = false
${plugin}
[plugin_config.headers]
X-Custom = "value"
`;

interface Envelope {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly payload: { readonly id: number };
}

test("the original's configuration runs unchanged, in every batch mode, also when unknown keys are errors", async () => {
  await using environment = await TestEnvironment.start();
  const modes = ["individual", "ndjson", "json_array", "raw"] as const;
  const destinations = await Promise.all(modes.map(() => HttpDestination.start()));
  const counts = { test_topic: 5, test_topic_2: 2 };
  try {
    for (const [topic, count] of Object.entries(counts)) {
      await environment.send(
        "test_stream",
        topic,
        Array.from({ length: count }, (_, id) => JSON.stringify({ id })),
      );
    }
    const files = modes.map((mode, index) => {
      const plugin = `batch_mode = "${mode}"\ninclude_metadata = true\ninclude_checksum = false\ninclude_origin_timestamp = false\n`;
      return [`${mode}.toml`, original(destinations[index]!.url, mode, plugin)];
    });
    await using runtime = await environment.runtime(Object.fromEntries(files), {
      IGGY_CONNECTORS_CONFIG_STRICT: "true",
    });
    const posts = (index: number) => destinations[index]!.requests.filter(({ method }) => method === "POST");
    const expected = [7, 2, 2, 7];
    await eventually(() => expected.every((count, index) => posts(index).length === count), {
      what: `the messages at their destinations\n${runtime.output}`,
    });
    assert.equal(await runtime.stop(), 0);

    const [individual = [], ndjson = [], array = [], raw = []] = modes.map((_, index) => posts(index));
    const envelopes: Record<string, Envelope[]> = {
      individual: individual.map(({ body }) => JSON.parse(body.toString())),
      ndjson: ndjson.flatMap(({ body }) =>
        body
          .toString()
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line)),
      ),
      json_array: array.flatMap(({ body }) => JSON.parse(body.toString())),
    };
    for (const [mode, list] of Object.entries(envelopes)) {
      for (const [topic, count] of Object.entries(counts)) {
        const own = list.filter(({ metadata }) => metadata.iggy_topic === topic);
        assert.deepEqual(
          own.map(({ metadata, payload }) => [metadata.iggy_stream, metadata.iggy_offset, payload.id]),
          Array.from({ length: count }, (_, id) => ["test_stream", id, id]),
          `${mode} ${topic}`,
        );
      }
    }
    const types = [individual, ndjson, array, raw].map((requests) => requests[0]?.headers["content-type"]);
    assert.deepEqual(types, [
      "application/json",
      "application/x-ndjson",
      "application/json",
      "application/octet-stream",
    ]);
    assert.deepEqual(
      new Set(raw.map(({ body }) => body.toString())),
      new Set([0, 1, 2, 3, 4].map((id) => `{"id":${id}}`)),
    );
    assert.ok(individual.every(({ headers, target }) => headers["x-custom"] === "value" && target === "/ingest"));
  } finally {
    await Promise.all(destinations.map((destination) => destination[Symbol.asyncDispose]()));
  }
});
