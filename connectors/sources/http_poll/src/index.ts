import { defineSource } from "@iggy-connectors/sdk";
import { httpPollSourceConfig } from "./config.ts";
import { HttpPollSource } from "./http-poll-source.ts";
import type { HttpPollState } from "./state.ts";

export const httpPollSource = defineSource<typeof httpPollSourceConfig, HttpPollState, Uint8Array>({
  name: "http_poll",
  version: "0.1.0",
  description: "Polls an HTTP API for records, page by page",
  schemas: ["json", "text", "raw"],
  delivery: "at-least-once",
  config: httpPollSourceConfig,
  schemaOf: ({ format }) => (format === "text" ? "text" : "json"),
  create: (config, context) => new HttpPollSource(config, context),
});

export default httpPollSource;
