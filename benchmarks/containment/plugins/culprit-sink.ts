import { defineSink } from "@iggy-connectors/sdk";
import { z } from "zod";

/** Does what a message says to the worker that it shares. */
export default defineSink({
  name: "culprit",
  version: "1.0.0",
  description: "Ends its worker, or keeps it.",
  schemas: ["raw"],
  delivery: "at-least-once",
  config: z.object({}),
  create: () => ({
    async consume(batch) {
      const deed = Buffer.from(batch.payload(0)).toString();
      if (deed === "exit") process.exit(5);
      if (deed === "hang") for (;;);
      setImmediate(() => {
        throw new Error("thrown outside of a call");
      });
      await new Promise(() => {});
    },
  }),
});
