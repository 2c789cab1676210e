import { defineSource } from "@iggy-connectors/sdk";
import { httpSourceConfig, producedSchema } from "./config.ts";
import { HttpSource, type HttpSourceState } from "./http-source.ts";

export const httpSource = defineSource<typeof httpSourceConfig, HttpSourceState, Uint8Array>({
  name: "http",
  version: "0.1.0",
  description: "A webhook server: request bodies become messages, confirmed before the request is answered",
  schemas: ["json", "text", "raw"],
  delivery: "at-least-once",
  config: httpSourceConfig,
  schemaOf: producedSchema,
  checkpoints: "memory",
  exclusive: false,
  create: (config, context) => new HttpSource(config, context),
});

export default httpSource;
