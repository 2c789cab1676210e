import { headerValue } from "@iggy-connectors/protocol/headers";
import { type HeaderValue, SCHEMAS } from "@iggy-connectors/sdk";
import { z } from "zod";
import { defineTransform } from "../../definition/transform.ts";
import { HEADER_NAME_RULE, HEADER_VALUE_RULE, isHeaderText, withHeaders } from "../../values/headers.ts";

/** `insert_headers`: sets headers. */
export const insertHeaders = defineTransform({
  type: "insert_headers",
  description: "Sets headers to fixed values, typed as they are written: strings, integers, other numbers, booleans.",
  settings: z.object({
    headers: z
      .record(
        z.string().refine(isHeaderText, { error: HEADER_NAME_RULE }),
        z.union([z.string().refine(isHeaderText, { error: HEADER_VALUE_RULE }), z.number(), z.boolean()]),
      )
      .describe("Name → value")
      .meta({ example: { origin: "shop", version: 2 } }),
    overwrite: z.boolean().default(true).describe("Whether an existing header is replaced"),
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
    const entries = Object.entries(headers).map(([name, value]): [string, HeaderValue] => [name, headerValue(value)]);
    return {
      kinds: SCHEMAS,
      process(message) {
        const current = message.headers;
        message.headers = withHeaders(current, overwrite ? entries : entries.filter(([name]) => !current.has(name)));
        return undefined;
      },
    };
  },
});
