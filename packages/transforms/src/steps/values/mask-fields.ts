import type { JsonValue } from "@iggy-connectors/sdk";
import { JsonNumber, parsePath, path } from "@iggy-connectors/sdk";
import { changeAt, digitsOf } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { defineTransform } from "../../definition/transform.ts";
import { isJsonValue } from "../../values/static-value.ts";

/** `mask_fields`: hides values. */
export const maskFields = defineTransform({
  type: "mask_fields",
  description:
    "Hides the values of fields: by the empty value of their type, by a replacement, or by masking all but the last characters. null and missing fields stay as they are.",
  settings: z
    .object({
      fields: z
        .array(path("A field to hide", "card"))
        .describe("Fields to hide")
        .meta({ example: ["user.mail", "card"] }),
      replacement: z
        .any()
        .refine((value) => value === undefined || isJsonValue(value), { error: "must be a JSON value" })
        .optional()
        .describe("The replacement; default: the empty value of the type")
        .meta({ example: "***" }),
      keep_last: z
        .int()
        .min(0)
        .optional()
        .describe(
          "Number of characters at the end of a string or number that stay readable; the others are replaced by character",
        )
        .meta({ example: 4 }),
      character: z.string().min(1).default("*").describe("Replacement of a hidden character, with keep_last"),
    })
    .refine(({ replacement, keep_last }) => replacement === undefined || keep_last === undefined, {
      error: "replacement and keep_last cannot both be set",
      path: ["keep_last"],
    }),
  examples: [
    {
      title: "The empty value of each type",
      settings: { fields: ["name", "age"] },
      input: { json: { name: "Ada", age: 36, id: 1 } },
      output: [{ json: { name: "", age: 0, id: 1 } }],
    },
    {
      title: "All but the last four digits",
      settings: { fields: ["card"], keep_last: 4 },
      input: { json: { card: "1234567812345678" } },
      output: [{ json: { card: "************5678" } }],
    },
  ],
  create({ fields, replacement, keep_last: keepLast, character }) {
    const places = fields.map(parsePath);
    const mask = (value: JsonValue | JsonNumber): JsonValue => {
      if (value === null) return value;
      if (replacement !== undefined) return replacement as JsonValue;
      return keepLast === undefined ? emptyLike(value) : allButLast(value, keepLast, character);
    };
    return {
      kinds: ["json"],
      takesText: true,
      apply: (value) => places.reduce((result, place) => changeAt(result, place, mask), value),
    };
  },
});

function emptyLike(value: NonNullable<JsonValue> | JsonNumber): JsonValue {
  if (value instanceof JsonNumber) return 0;
  if (typeof value === "string") return "";
  if (typeof value === "boolean") return false;
  if (typeof value === "object") return Array.isArray(value) ? [] : {};
  return 0;
}

/** Counts characters, not code units: an emoji is hidden or shown whole. */
function allButLast(value: NonNullable<JsonValue> | JsonNumber, keep: number, character: string): JsonValue {
  const text = typeof value === "string" ? value : digitsOf(value);
  if (text === undefined) return emptyLike(value);
  const characters = [...text];
  const hidden = Math.max(0, characters.length - keep);
  return character.repeat(hidden) + characters.slice(hidden).join("");
}
