import { isJsonObject, type JsonObject, setMember } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { defineTransform } from "../../definition/transform.ts";

/** `flatten`: fields of nested objects move to the top level. */
export const flatten = defineTransform({
  type: "flatten",
  description:
    "Moves the fields of nested objects to the top level, their names joined by a delimiter. Arrays and empty objects stay as they are.",
  settings: z.object({
    delimiter: z.string().default(".").describe("Separator between the names").meta({ example: "_" }),
    max_depth: z
      .int()
      .min(0)
      .default(0)
      .describe("Number of levels that are flattened; deeper ones stay objects; 0 = all")
      .meta({ example: 1 }),
  }),
  examples: [
    {
      title: "All levels",
      settings: { delimiter: "_" },
      input: { json: { a: { b: { c: 1 } }, d: [1, { e: 2 }] } },
      output: [{ json: { a_b_c: 1, d: [1, { e: 2 }] } }],
    },
    {
      title: "One level",
      settings: { max_depth: 1 },
      input: { json: { a: { b: { c: 1 } } } },
      output: [{ json: { "a.b": { c: 1 } } }],
    },
  ],
  create({ delimiter, max_depth: maxDepth }) {
    const limit = maxDepth === 0 ? Number.POSITIVE_INFINITY : maxDepth;
    return {
      kinds: ["json"],
      apply(value) {
        if (!isJsonObject(value) || !Object.values(value).some(isJsonObject)) return value;
        const result: JsonObject = {};
        flattenInto(result, value, "", delimiter, limit);
        return result;
      },
    };
  },
});

function flattenInto(result: JsonObject, object: JsonObject, prefix: string, delimiter: string, levels: number): void {
  for (const key of Object.keys(object)) {
    const value = object[key]!;
    if (levels > 0 && isJsonObject(value) && Object.keys(value).length > 0) {
      flattenInto(result, value, prefix + key + delimiter, delimiter, levels - 1);
    } else {
      setMember(result, prefix + key, value);
    }
  }
}
