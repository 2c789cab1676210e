import type { HeaderValue, Schema } from "@iggy-connectors/sdk";
import { z } from "zod";
import { defineTransform } from "../../chain/transform.ts";
import { typedHeader } from "../../chain/typed-headers.ts";
import { HEADER_NAME_RULE, isHeaderName, withHeaders } from "./header-value.ts";

export const EVERY_KIND: readonly Schema[] = ["json", "raw", "text", "proto", "flat_buffer", "avro"];

/** `insert_headers`: sets headers. */
export const insertHeaders = defineTransform({
  type: "insert_headers",
  description: "Sets headers to fixed values, typed as they are written: texts, integers, other numbers, booleans.",
  settings: z.object({
    headers: z
      .record(
        z.string().refine(isHeaderName, { error: HEADER_NAME_RULE }),
        z.union([
          z.string().refine(isHeaderName, { error: "must be a text of 1 … 255 bytes" }),
          z.number(),
          z.boolean(),
        ]),
      )
      .describe("Name → value")
      .meta({ example: { origin: "shop", version: 2 } }),
    overwrite: z.boolean().default(true).describe("Whether a header that is there already is replaced"),
  }),
  examples: [
    {
      title: "Two headers",
      settings: { headers: { origin: "shop", version: 2 } },
      input: { json: { id: 1 }, headers: { origin: "x" } },
      output: [{ json: { id: 1 }, headers: { origin: "shop", version: 2 } }],
    },
  ],
  create({ headers, overwrite }) {
    const entries = Object.entries(headers).map(([name, value]): [string, HeaderValue] => [name, typedHeader(value)]);
    return {
      kinds: EVERY_KIND,
      process(message) {
        const present = message.headers;
        message.headers = withHeaders(present, overwrite ? entries : entries.filter(([name]) => !present.has(name)));
        return undefined;
      },
    };
  },
});
