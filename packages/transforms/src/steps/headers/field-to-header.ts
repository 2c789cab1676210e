import type { HeaderValue } from "@iggy-connectors/sdk";
import { exactAt, parsePath } from "@iggy-connectors/sdk";
import { pathTable, removeAt } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { defineTransform } from "../../definition/transform.ts";
import { conflictSetting } from "../../settings/conflict-setting.ts";
import { operationSetting } from "../../settings/operation-setting.ts";
import { placeHeaders } from "../../values/conflicts.ts";
import { HEADER_NAME_RULE, headerText, isHeaderText } from "../../values/headers.ts";

/** `field_to_header`: values of fields become headers. */
export const fieldToHeader = defineTransform({
  type: "field_to_header",
  description:
    "Copies or moves the values of fields into headers, as text (objects and arrays as JSON). null and missing fields are ignored.",
  settings: z.object({
    fields: pathTable(z.string().refine(isHeaderText, { error: HEADER_NAME_RULE }), "Path → name of the header").meta({
      example: { id: "record_id" },
    }),
    operation: operationSetting,
    on_conflict: conflictSetting("fail", "If the header exists"),
  }),
  examples: [
    {
      title: "Moved",
      settings: { fields: { id: "record_id" }, operation: "move" },
      input: { json: { id: 24, n: "x" }, headers: { src: "s" } },
      output: [{ json: { n: "x" }, headers: { src: "s", record_id: "24" } }],
    },
  ],
  create({ fields, operation, on_conflict: onConflict }) {
    const pairs = Object.entries(fields).map(([field, header]) => ({ path: parsePath(field), header }));
    return {
      kinds: ["json"],
      process(message) {
        const found: [string, HeaderValue, string][] = [];
        const { part } = message;
        let value: unknown = part;
        for (const { path, header } of pairs) {
          const field = exactAt(part, path);
          if (field === undefined || field === null) continue;
          found.push([header, headerText(header, field), `the field ${path.text}`]);
          if (operation === "move") value = removeAt(value, path);
        }
        if (found.length === 0) return undefined;
        message.headers = placeHeaders(new Map(message.headers), found, onConflict);
        message.value = value;
        return undefined;
      },
    };
  },
});
