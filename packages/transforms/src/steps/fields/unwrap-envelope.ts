import { parsePath } from "@iggy-connectors/sdk";
import { isObjectPart, keyPath, partAt } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { defineTransform } from "../../definition/transform.ts";
import { pathsSetting } from "../../settings/paths-setting.ts";

/** `unwrap_envelope`: a field becomes the payload. */
export const unwrapEnvelope = defineTransform({
  type: "unwrap_envelope",
  description:
    "Replaces the payload by the value of one of its fields; its other fields are dropped. A payload without that field passes unchanged.",
  settings: z.object({
    field: z
      .string()
      .min(1)
      .describe("Name of the field that becomes the payload; dots are literal unless paths is on")
      .meta({ example: "data" }),
    paths: pathsSetting,
  }),
  examples: [
    {
      title: "The row of a change event",
      settings: { field: "data" },
      input: { json: { table_name: "t", operation_type: "INSERT", data: { id: 1 }, old_data: null } },
      output: [{ json: { id: 1 } }],
    },
  ],
  create({ field, paths }) {
    const path = paths ? parsePath(field) : keyPath(field);
    return {
      kinds: ["json"],
      takesText: true,
      apply(value) {
        const inner = isObjectPart(value) ? partAt(value, path) : undefined;
        return inner === undefined ? value : inner;
      },
    };
  },
});
