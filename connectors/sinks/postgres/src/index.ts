import { defineSink } from "@iggy-connectors/sdk";
import { postgresSinkConfig } from "./config.ts";
import { PostgresSink } from "./postgres-sink.ts";

export const postgresSink = defineSink({
  name: "postgres",
  version: "0.1.0",
  description: "Writes messages to a PostgreSQL table, exactly once",
  schemas: ["json", "text", "raw", "avro", "proto", "flat_buffer"],
  delivery: "exactly-once",
  deliveryOf: ({ offsets }) => (offsets === "table" ? "exactly-once" : "at-least-once"),
  config: postgresSinkConfig,
  create: (config, context) => new PostgresSink(config, context),
});

export default postgresSink;
