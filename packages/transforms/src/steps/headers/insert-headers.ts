import { headerValue } from "@iggy-connectors/protocol/headers";
import { type HeaderValue, SCHEMAS } from "@iggy-connectors/sdk";
import { z } from "zod";
import { defineTransform } from "../../definition/transform.ts";
import { conflictSetting } from "../../settings/conflict-setting.ts";
import { placeHeaders } from "../../values/conflicts.ts";
import { HEADER_NAME_RULE, HEADER_VALUE_RULE, isHeaderText } from "../../values/headers.ts";

/** `insert_headers`: sets headers. */
export const insertHeaders = defineTransform({
  type: "insert_headers",
  description: "Sets headers to fixed values, typed as they are written: strings, integers, other numbers, booleans.",
  settings: z
    .object({
      headers: z
        .record(
          z.string().refine(isHeaderText, { error: HEADER_NAME_RULE }),
          z.union([z.string().refine(isHeaderText, { error: HEADER_VALUE_RULE }), z.number(), z.boolean()]),
        )
        .describe("Name → value")
        .meta({ example: { origin: "shop", version: 2 } }),
      overwrite: z
        .boolean()
        .optional()
        .describe("Whether an existing header is replaced: another spelling of on_conflict = replace and keep")
        .meta({ example: false }),
      on_conflict: conflictSetting("replace", "If the header exists").optional(),
    })
    .refine(({ overwrite, on_conflict }) => overwrite === undefined || on_conflict === undefined, {
      error: "must not be set beside overwrite",
      path: ["on_conflict"],
    }),
  examples: [
    {
      title: "Two headers",
      settings: { headers: { origin: "shop", version: 2 } },
      input: { json: { id: 1 }, headers: { origin: "x" } },
      output: [{ json: { id: 1 }, headers: { origin: "shop", version: 2 } }],
    },
  ],
  create({ headers, overwrite = true, on_conflict: onConflict = overwrite ? "replace" : "keep" }) {
    const entries = Object.entries(headers).map(([name, value]): [string, HeaderValue, string] => [
      name,
      headerValue(value),
      "the inserted header",
    ]);
    return {
      kinds: SCHEMAS,
      process(message) {
        message.headers = placeHeaders(new Map(message.headers), entries, onConflict);
        return undefined;
      },
    };
  },
});
