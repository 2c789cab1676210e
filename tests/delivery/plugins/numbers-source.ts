import { defineSource, type Source } from "@iggy-connectors/sdk";
import { z } from "zod";

interface State {
  readonly next: number;
}

/** Produces the numbers 0 … count − 1 in order; the message id is the number plus one, the key decides the partition. */
export default defineSource({
  name: "numbers",
  version: "1.0.0",
  description: "Numbered messages, for proofs of delivery.",
  schemas: ["raw"],
  delivery: "at-least-once",
  config: z.object({ count: z.int() }),
  create: (config): Source<State> => ({
    async poll({ checkpoint, maxMessages }) {
      const next = checkpoint?.next ?? 0;
      const end = Math.min(config.count, next + maxMessages);
      const messages = [];
      for (let number = next; number < end; number++) {
        messages.push({ payload: Buffer.from(String(number)), id: BigInt(number + 1), partition: number % 4 });
      }
      if (end === config.count && next === end) return { messages, completed: true };
      return { messages, checkpoint: { next: end }, more: true };
    },
  }),
});
