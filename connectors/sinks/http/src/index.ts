import { defineSink } from "@iggy-connectors/sdk";
import { httpSinkConfig } from "./config.ts";
import { HttpSink } from "./http-sink.ts";

export const httpSink = defineSink({
  name: "http",
  version: "0.1.0",
  description: "Sends messages to an HTTP endpoint, one by one or in batches",
  schemas: ["json", "text", "raw", "avro", "proto", "flat_buffer"],
  delivery: "at-least-once",
  config: httpSinkConfig,
  create: (config, context) => new HttpSink(config, context),
});

export default httpSink;
