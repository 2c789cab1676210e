import {
  isEmptyObject,
  isObjectPart,
  type JsonObject,
  type JsonPart,
  membersOf,
  ObjectText,
} from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { defineTransform } from "../../definition/transform.ts";
import { conflictSetting, type OnConflict } from "../../settings/conflict-setting.ts";
import { conflict, suffixed } from "../../values/conflicts.ts";

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
    on_conflict: conflictSetting(
      "fail",
      "If two fields would have one name, such as a.b and the field b of a; the later one in the message is the new one",
    ),
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
    {
      title: "One name for two fields",
      settings: { on_conflict: "suffix" },
      input: { json: { a: { b: 1 }, "a.b": 2 } },
      output: [{ json: { "a.b": 1, "a.b_2": 2 } }],
    },
    {
      title: "One name for two fields, which is not foreseen",
      settings: {},
      input: { json: { a: { b: 1 }, "a.b": 2 } },
      output: { error: "IGC_TRANSFORM_CONFLICT" },
    },
  ],
  create({ delimiter, max_depth: maxDepth, on_conflict: onConflict }) {
    const limit = maxDepth === 0 ? Number.POSITIVE_INFINITY : maxDepth;
    return {
      kinds: ["json"],
      takesText: true,
      apply(value) {
        if (!isObjectPart(value) || !hasObject(value)) return value;
        const result = new Map<string, JsonPart>();
        flattenInto({ result, delimiter, onConflict }, value, "", limit);
        return ObjectText.of(result);
      },
    };
  },
});

function hasObject(value: JsonObject | ObjectText): boolean {
  return value instanceof ObjectText ? value.hasObject : Object.values(value).some(isObjectPart);
}

interface Flattening {
  readonly result: Map<string, JsonPart>;
  readonly delimiter: string;
  readonly onConflict: OnConflict;
}

function flattenInto(flattening: Flattening, object: JsonObject | ObjectText, prefix: string, levels: number): void {
  const { result, delimiter, onConflict } = flattening;
  for (const [key, value] of membersOf(object)) {
    const name = prefix + key;
    if (levels > 0 && isObjectPart(value) && !isEmptyObject(value)) {
      flattenInto(flattening, value, name + delimiter, levels - 1);
    } else if (onConflict === "replace" || !result.has(name)) {
      result.set(name, value);
    } else if (onConflict === "suffix") {
      result.set(
        suffixed(name, (candidate) => result.has(candidate)),
        value,
      );
    } else if (onConflict === "fail") {
      throw conflict(
        name,
        prefix === "" ? `the top-level field ${name}` : `the field ${key} of ${prefix.slice(0, -delimiter.length)}`,
      );
    }
  }
}
