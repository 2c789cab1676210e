import { defineSource, type Source } from "@iggy-connectors/sdk";
import { z } from "zod";

/** Produces payloads as fast as they are taken, without an end. */
export default defineSource({
  name: "endless",
  version: "1.0.0",
  description: "Produces fixed payloads as fast as they are taken.",
  schemas: ["raw"],
  delivery: "at-least-once",
  config: z.object({}),
  create: (): Source<{ readonly produced: number }> => {
    const payload = Buffer.from(JSON.stringify({ text: "x".repeat(188) }));
    return {
      async poll({ checkpoint, maxMessages }) {
        const messages = Array.from({ length: maxMessages }, () => ({ payload }));
        return { messages, checkpoint: { produced: (checkpoint?.produced ?? 0) + maxMessages }, more: true };
      },
    };
  },
});
