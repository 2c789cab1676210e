import { defineSource, parseJson } from "@iggy-connectors/sdk";
import { z } from "zod";

/** Produces the values of its configuration, given as JSON texts so that no digit is lost on the way, and has no more then. */
export default defineSource({
  name: "values",
  version: "1.0.0",
  description: "Values from the configuration.",
  schemas: ["json", "proto", "avro", "flat_buffer"],
  delivery: "at-least-once",
  config: z.object({ values: z.array(z.string()) }),
  create: ({ values }) => ({
    async poll({ checkpoint }) {
      if (checkpoint === "sent") return { messages: [], completed: true };
      return { messages: values.map((value) => ({ payload: parseJson(Buffer.from(value)) })), checkpoint: "sent" };
    },
  }),
});
