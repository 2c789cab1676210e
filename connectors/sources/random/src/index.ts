import { defineSource } from "@iggy-connectors/sdk";
import { randomSourceConfig } from "./config.ts";
import { readMessagesProduced } from "./original-state.ts";
import { RandomSource, type RandomSourceState } from "./random-source.ts";

export const randomSource = defineSource<typeof randomSourceConfig, RandomSourceState>({
  name: "random",
  version: "0.1.0",
  description: "Generates JSON records for demos, tests and load",
  schemas: ["json", "text", "raw"],
  delivery: "at-least-once",
  schemaOf: () => "json",
  config: randomSourceConfig,
  importState: (bytes) => {
    const produced = readMessagesProduced(bytes);
    return produced === undefined ? undefined : { messages_produced: produced };
  },
  create: (config) => new RandomSource(config),
});

export default randomSource;
