import { appendFileSync } from "node:fs";
import { defineSink, stringifyJson } from "@iggy-connectors/sdk";
import { z } from "zod";

/** Writes a line for each message: the batch's schema, its value, and its payload in hexadecimal digits. */
export default defineSink({
  name: "values",
  version: "1.0.0",
  description: "Lines of what arrives.",
  schemas: ["json", "raw"],
  delivery: "at-least-once",
  config: z.object({ out: z.string() }),
  create: ({ out }) => ({
    async consume(batch) {
      let lines = "";
      for (const { value, payload } of batch) {
        const shown = batch.schema === "raw" ? null : value;
        lines += `${stringifyJson({ schema: batch.schema, value: shown, hex: Buffer.from(payload).toString("hex") })}\n`;
      }
      appendFileSync(out, lines);
    },
  }),
});
