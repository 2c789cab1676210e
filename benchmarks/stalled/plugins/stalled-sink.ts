import { defineSink } from "@iggy-connectors/sdk";
import { z } from "zod";

/** A destination that never answers. */
export default defineSink({
  name: "stalled",
  version: "1.0.0",
  description: "Takes no message: its consume waits until the connector is stopped.",
  schemas: ["json"],
  delivery: "at-least-once",
  config: z.object({}),
  create: (_config, { signal }) => ({
    consume: () =>
      new Promise<void>((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      }),
  }),
});
