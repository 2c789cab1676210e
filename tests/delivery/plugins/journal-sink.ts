import { closeSync, fsyncSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { defineSink } from "@iggy-connectors/sdk";
import { z } from "zod";

/** Writes `offset number` per message into one file per partition, with fsync before it returns. One write per batch. */
export default defineSink({
  name: "journal",
  version: "1.0.0",
  description: "A journal of what arrived, for proofs of delivery.",
  schemas: ["raw"],
  delivery: "at-least-once",
  config: z.object({ folder: z.string() }),
  create: (config) => ({
    async open() {
      writeFileSync(join(config.folder, "writer.pid"), String(process.pid));
    },
    async consume(batch) {
      const file = openSync(join(config.folder, `${batch.partition}.log`), "a");
      try {
        const lines: string[] = [];
        for (const message of batch) lines.push(`${message.offset} ${Buffer.from(message.payload).toString()}\n`);
        writeSync(file, lines.join(""));
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    },
  }),
});
