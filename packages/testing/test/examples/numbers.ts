import { defineSource } from "@iggy-connectors/sdk";
import { z } from "zod";

const config = z.object({ count: z.int() });

/** Counts up to a number, ten messages a batch. */
export default defineSource<typeof config, { readonly next: number }>({
  name: "numbers",
  version: "1.0.0",
  description: "Counts",
  schemas: ["text", "raw"],
  delivery: "at-least-once",
  config,
  create: ({ count }) => ({
    async poll({ checkpoint }) {
      const next = checkpoint?.next ?? 0;
      if (next === count) return { messages: [], completed: true };
      const end = Math.min(count, next + 10);
      const numbers = Array.from({ length: end - next }, (_, index) => next + index);
      const messages = numbers.map((n) => ({ payload: Buffer.from(`message ${n}`), id: BigInt(n + 1) }));
      return { messages, checkpoint: { next: end }, more: true };
    },
  }),
});
