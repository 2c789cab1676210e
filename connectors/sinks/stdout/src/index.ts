import { defineSink } from "@iggy-connectors/sdk";
import { stdoutSinkConfig } from "./config.ts";
import { LineOutput } from "./output.ts";
import { StdoutSink } from "./stdout-sink.ts";

const STANDARD_OUTPUT = 1;

export const stdoutSink = defineSink({
  name: "stdout",
  version: "0.1.0",
  description: "Shows messages in the log or on standard output",
  schemas: ["json", "raw", "text", "proto", "flat_buffer", "avro"],
  delivery: "at-least-once",
  config: stdoutSinkConfig,
  create: (config, context) => new StdoutSink(config, context, new LineOutput(STANDARD_OUTPUT)),
});

export default stdoutSink;
