import { z } from "zod";
import { COMPUTED_NAMES, computedValue } from "../values/computed-value.ts";
import type { FieldValue } from "../values/field-value.ts";
import { isJsonValue, staticValue } from "../values/static-value.ts";

const VALUE_RULE = `must be either { static = <any JSON value> } or { computed = ${COMPUTED_NAMES.map((name) => `"${name}"`).join(" | ")} }`;

const staticSettings = z.strictObject({
  static: z
    .any()
    .refine((value) => isJsonValue(value), { error: "must be a JSON value", abort: true })
    .describe("Any JSON value: string, number, boolean, list, table, or null where the file's format has it"),
});
const computedSettings = z.strictObject({
  computed: z.enum(COMPUTED_NAMES).describe("Computed for every entry of every message, at processing time"),
});

/** `value` of `add_fields` and `update_fields`: exactly one of `static` and `computed`. */
export const valueSetting = z
  .union([staticSettings, computedSettings], { error: VALUE_RULE })
  .describe("The value: { static = <any JSON value> } or { computed = <name> }")
  .meta({ example: { computed: "uuid_v7" } });

export function fieldValue(value: z.output<typeof valueSetting>): FieldValue {
  return "computed" in value ? computedValue(value.computed) : staticValue(value.static);
}
