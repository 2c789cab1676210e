import { defineSink } from "@iggy-connectors/sdk";
import { s3SinkConfig } from "./config.ts";
import { S3Sink } from "./s3-sink.ts";

export const s3Sink = defineSink({
  name: "s3",
  version: "0.1.0",
  description: "Archives messages as objects on Amazon S3 and compatible stores",
  schemas: ["json", "text", "raw", "proto", "flat_buffer", "avro"],
  delivery: "exactly-once",
  deliveryOf: ({ delivery }) => (delivery === "at_least_once" ? "at-least-once" : "exactly-once"),
  config: s3SinkConfig,
  create: (config, context) => new S3Sink(config, context),
});

export default s3Sink;
