import { appendFileSync, existsSync } from "node:fs";
import { defineSink, RetryableError } from "@iggy-connectors/sdk";
import { z } from "zod";

/** Fails for as long as the file `away` exists, hangs (deaf to the abort signal) for as long as `hang` exists. */
export default defineSink({
  name: "moody",
  version: "1.0.0",
  description: "A destination with bad days.",
  schemas: ["raw", "json"],
  delivery: "at-least-once",
  config: z.object({ out: z.string(), away: z.string(), hang: z.string() }),
  create: (config) => ({
    async consume(batch) {
      if (existsSync(config.hang)) await new Promise(() => {});
      if (existsSync(config.away)) throw new RetryableError("the destination is away");
      const lines: string[] = [];
      for (const message of batch) lines.push(`${message.offset} ${Buffer.from(message.payload).toString()}\n`);
      appendFileSync(config.out, lines.join(""));
    },
  }),
});
