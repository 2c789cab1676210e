import assert from "node:assert/strict";
import { test } from "node:test";
import { BulkServer, refusal } from "@iggy-connectors/test-support";
import { eventually, TestEnvironment } from "@iggy-connectors/testing";

/** Every key of the original's Elasticsearch sink, as its own example spells them. */
const original = (url: string) => `
type = "sink"
key = "elasticsearch"
enabled = true
version = 0
name = "Elasticsearch sink"
path = "../../target/release/libiggy_connector_elasticsearch_sink"
plugin_config_format = "toml"

[[streams]]
stream = "test_stream"
topics = ["test_topic", "test_topic_2"]
schema = "json"
batch_length = 100
poll_interval = "5ms"
consumer_group = "elasticsearch_sink"

[plugin_config]
url = "${url}"
index = "test_documents"
username = "elastic"
password = "changeme"
create_index_if_not_exists = true
batch_size = 100
timeout_seconds = 30

[plugin_config.index_mapping.mappings.properties.name]
type = "keyword"
`;

test("the original's configuration runs unchanged, also when unknown keys are errors; refused documents become dead letters", async () => {
  await using environment = await TestEnvironment.start();
  await using server = await BulkServer.start();
  server.refuse = ({ line }) => (line.includes('"id":3,') ? refusal(400, "mapper_parsing_exception", "no") : undefined);
  for (const [topic, count] of [
    ["test_topic", 5],
    ["test_topic_2", 2],
  ] as const) {
    const document = (id: number) => ({ id, name: `name ${id}`, nested: { list: [1, { a: null }] } });
    await environment.send(
      "test_stream",
      topic,
      Array.from({ length: count }, (_, id) => JSON.stringify(document(id))),
    );
  }
  const connectors = { "elasticsearch.toml": original(server.url) };
  await using runtime = await environment.runtime(connectors, { IGGY_CONNECTORS_CONFIG_STRICT: "true" });
  await eventually(() => server.documents.size === 6, { what: "the documents" });
  const letters = await eventually(async () => {
    const found = await runtime.get<{ items?: unknown[] }>("/sinks/elasticsearch/dead_letters");
    return JSON.stringify(found).includes("mapper_parsing_exception") ? found : undefined;
  });
  assert.match(JSON.stringify(letters), /IGC_SINK_ELASTICSEARCH_DOCUMENT/);
  assert.equal(await runtime.stop(), 0);
  assert.deepEqual(server.indexes.get("test_documents"), { mappings: { properties: { name: { type: "keyword" } } } });
  const documents = server.sources("test_documents") as Record<string, unknown>[];
  const places = documents.map((document) => `${document._iggy_topic}/${document._iggy_offset}`).sort();
  assert.deepEqual(places, [
    "test_topic/0",
    "test_topic/1",
    "test_topic/2",
    "test_topic/4",
    "test_topic_2/0",
    "test_topic_2/1",
  ]);
  for (const { id, name, nested, _iggy_offset } of documents) {
    assert.deepEqual(
      { id, name, nested },
      { id: _iggy_offset, name: `name ${_iggy_offset}`, nested: { list: [1, { a: null }] } },
    );
  }
  assert.equal(server.bulks()[0]?.headers.authorization, `Basic ${btoa("elastic:changeme")}`);
  assert.ok(!runtime.output.includes("changeme"));
});
