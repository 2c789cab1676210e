import { defineSource } from "@iggy-connectors/sdk";
import { fileSourceConfig, lineSchema } from "./config.ts";
import { FileSource } from "./file-source.ts";
import { InputSource } from "./input-source.ts";
import type { FileSourceState } from "./position.ts";
import { openStandardInput } from "./standard-input.ts";

export const fileSource = defineSource<typeof fileSourceConfig, FileSourceState>({
  name: "file",
  version: "0.1.0",
  description: "Follows a file of lines, or reads the standard input",
  schemas: ["raw", "text", "json"],
  delivery: "at-least-once",
  config: fileSourceConfig,
  schemaOf: (config) => lineSchema(config).schema,
  create: (config, context) =>
    config.path === "-" ? new InputSource(config, context, openStandardInput) : new FileSource(config, context),
});

export default fileSource;
