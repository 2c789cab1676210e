import { defineSink } from "@iggy-connectors/sdk";
import { deliveryOf } from "./check.ts";
import { elasticsearchSinkConfig } from "./config.ts";
import { ElasticsearchSink } from "./elasticsearch-sink.ts";

export const elasticsearchSink = defineSink({
  name: "elasticsearch",
  version: "0.1.0",
  description: "Indexes messages as documents in Elasticsearch or OpenSearch through the bulk API",
  schemas: ["json", "text", "raw", "avro", "proto", "flat_buffer"],
  // With ids that the place in Iggy determines, which is the default: what comes again replaces itself.
  delivery: "exactly-once",
  deliveryOf,
  config: elasticsearchSinkConfig,
  create: (config, context) => new ElasticsearchSink(config, context),
});

export default elasticsearchSink;
