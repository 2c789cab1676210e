import { defineSink } from "@iggy-connectors/sdk";
import { fileSinkConfig } from "./config.ts";
import { FileSink } from "./file-sink.ts";

export const fileSink = defineSink({
  name: "file",
  version: "0.1.0",
  description: "Writes each partition into files of lines, every message once",
  schemas: ["json", "text", "raw"],
  delivery: "exactly-once",
  config: fileSinkConfig,
  create: (config, context) => new FileSink(config, context),
});

export default fileSink;
