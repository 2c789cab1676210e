import { fileURLToPath } from "node:url";
import { HttpDestination, sinkConformance, sourceConformance } from "@iggy-connectors/testing";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
let destination: HttpDestination | undefined;

sinkConformance({
  name: "the lines sink",
  delivery: "at-least-once",
  steps: ["sink.after_consume", "sink.before_store"],
  destination: async () => {
    destination = await HttpDestination.start();
    return destination;
  },
  connector: () => ({ path: path("./lines.ts"), plugin_config: `url = "${destination?.url}"` }),
  read: () => (destination?.bodies() ?? []).flatMap((body) => body.split("\n").filter(Boolean)),
});

sourceConformance({
  name: "the numbers source",
  ordered: true,
  steps: ["source.after_send", "source.after_checkpoint"],
  origin: async () => ({ [Symbol.asyncDispose]: async () => {} }),
  connector: () => ({ path: path("./numbers.ts"), plugin_config: "count = 2000" }),
});
