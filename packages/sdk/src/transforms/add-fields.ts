import { z } from "zod";
import { editValue, type FieldEdit } from "./field-edit.ts";
import { defineTransform } from "./transform.ts";
import { COMPUTED_NAMES, computedValue } from "./values/computed-value.ts";
import type { FieldValue } from "./values/field-value.ts";
import { isJsonValue, staticValue } from "./values/static-value.ts";

const VALUE_RULE = `must be either { static = <any JSON value> } or { computed = ${COMPUTED_NAMES.map((name) => `"${name}"`).join(" | ")} }`;

const staticSettings = z.strictObject({
  static: z
    .any()
    .refine((value) => isJsonValue(value), { error: "must be a JSON value", abort: true })
    .describe("Any JSON value: text, number, boolean, list, table, or null where the file's format has it"),
});
const computedSettings = z.strictObject({
  computed: z.enum(COMPUTED_NAMES).describe("Worked out for every entry of every message, at processing time"),
});

/** `add_fields`: inserts or overwrites top-level fields, in list order. */
export const addFields = defineTransform({
  type: "add_fields",
  description: "Sets top-level fields of JSON objects: a new one at the end, an existing one in its place",
  settings: z.object({
    fields: z
      .array(
        z.object({
          key: z
            .string()
            .refine((key) => key.isWellFormed(), { error: "must be valid Unicode" })
            .describe("Name of the field; no path, dots are literal"),
          value: z.union([staticSettings, computedSettings], { error: VALUE_RULE }),
        }),
      )
      .default([])
      .describe("Fields to set, in this order"),
  }),
  create({ fields }) {
    const edits = fields.map(({ key, value }): FieldEdit => ({ kind: "set", key, value: fieldValue(value) }));
    return { kinds: ["json"], edits, apply: (value) => editValue(edits, value) };
  },
});

function fieldValue(value: z.output<typeof staticSettings> | z.output<typeof computedSettings>): FieldValue {
  return "computed" in value ? computedValue(value.computed) : staticValue(value.static);
}
