import { defineSink } from "@iggy-connectors/sdk";
import { quickwitSinkConfig } from "./config.ts";
import { QuickwitSink } from "./quickwit-sink.ts";

export const quickwitSink = defineSink({
  name: "quickwit",
  version: "0.1.0",
  description: "Appends JSON documents to a Quickwit index, which it creates when it is missing",
  schemas: ["json", "text", "raw"],
  delivery: "at-least-once",
  config: quickwitSinkConfig,
  create: (config, context) => new QuickwitSink(config, context),
});

export default quickwitSink;
