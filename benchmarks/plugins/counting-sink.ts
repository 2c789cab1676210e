import { defineSink } from "@iggy-connectors/sdk";
import { z } from "zod";
import { Meter } from "./measure.ts";

/** The cheapest destination there is: it looks at every message's bytes as one block of lines and counts. */
export default defineSink({
  name: "counting",
  version: "1.0.0",
  description: "Counts what arrives and reports to the benchmark's driver.",
  schemas: ["raw", "json", "text"],
  delivery: "at-least-once",
  config: z.object({
    port: z.int(),
    warm: z.int(),
    total: z.int(),
    /** Never returns from `consume`: shows that memory stays bounded while a destination stalls. */
    stall: z.boolean().default(false),
  }),
  create: (config, context) => {
    const meter = new Meter(config.port, config.warm, config.total);
    let next: bigint | undefined;
    return {
      async consume(batch) {
        if (config.stall)
          await new Promise((_, reject) => context.signal.addEventListener("abort", reject, { once: true }));
        if (next !== undefined && batch.firstOffset > next)
          throw new Error(`gap: expected ${next}, got ${batch.firstOffset}`);
        next = batch.lastOffset + 1n;
        meter.count(batch.length, batch.payloadBytes);
      },
    };
  },
});
