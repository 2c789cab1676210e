import { isObjectPart, type JsonPart, ObjectText, selectMembers } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { editValue, type FieldEdit } from "../../definition/field-edit.ts";
import { defineTransform } from "../../definition/transform.ts";
import {
  type KeyTest,
  keyPattern,
  keyTest,
  type ValueTest,
  valuePattern,
  valueTest,
} from "../../settings/field-patterns.ts";

interface FieldPattern {
  readonly key: KeyTest | undefined;
  readonly value: ValueTest | undefined;
}

const MAX_CACHED = 1024;

/** `filter_fields`: keeps or removes the fields that match. */
export const filterFields = defineTransform({
  type: "filter_fields",
  description:
    "Keeps or removes the top-level fields of JSON objects that match. A field matches if any entry of patterns does; within an entry every given test must match. It filters fields, not messages: for messages see filter.",
  notes: [
    "The original compares greater_than, less_than and between only with numbers that are written with a fraction or exponent, so that 15 does not count as greater than 10. Here all numbers are compared.",
    "Patterns are of the RE2 dialect, as in the original: inline flags such as (?i), no look-around, no back-references.",
  ],
  settings: z.object({
    keep_fields: z
      .array(z.string())
      .default([])
      .describe("Names of fields that are always kept")
      .meta({ example: ["id"] }),
    patterns: z
      .array(
        z.object({
          key_pattern: keyPattern
            .nullish()
            .describe("Test of the field's name")
            .meta({ example: { starts_with: "user_" } }),
          value_pattern: valuePattern.nullish().describe("Test of the field's value").meta({ example: "is_string" }),
        }),
      )
      .default([])
      .describe("Which fields match; an entry with neither test matches every field")
      .meta({ example: [{ key_pattern: { starts_with: "user_" } }] }),
    include_matching: z.boolean().default(true).describe("true: fields that match are kept; false: they are removed"),
  }),
  examples: [
    {
      title: "Some by name, some by value",
      settings: {
        keep_fields: ["id"],
        patterns: [{ key_pattern: { starts_with: "user_" }, value_pattern: { contains: "@" } }],
      },
      input: { json: { id: 7, user_name: "Ada", user_mail: "ada@example.org", qty: 3 } },
      output: [{ json: { id: 7, user_mail: "ada@example.org" } }],
    },
    {
      title: "Everything but nulls",
      settings: { patterns: [{ value_pattern: "is_null" }], include_matching: false },
      input: { json: { id: 7, mail: null } },
      output: [{ json: { id: 7 } }],
    },
  ],
  async create({ keep_fields, patterns, include_matching: include }) {
    if (keep_fields.length === 0 && patterns.length === 0)
      return { kinds: ["json"], takesText: true, edits: [], apply: (value) => value };
    const kept = new Set(keep_fields);
    const tests = await Promise.all(
      patterns.map(
        async ({ key_pattern: key, value_pattern: value }): Promise<FieldPattern> => ({
          key: key == null ? undefined : await keyTest(key),
          value: value == null ? undefined : await valueTest(value),
        }),
      ),
    );
    if (tests.every(({ value }) => value === undefined)) {
      const keep = cached((key) => kept.has(key) || tests.some((test) => test.key?.(key) ?? true) === include);
      const edit: FieldEdit = { kind: "select", keep };
      return { kinds: ["json"], takesText: true, edits: [edit], apply: (value) => editValue([edit], value) };
    }
    const keeps = (key: string, part: () => JsonPart): boolean =>
      kept.has(key) || tests.some((test) => (test.key?.(key) ?? true) && (test.value?.(part()) ?? true)) === include;
    return {
      kinds: ["json"],
      takesText: true,
      apply(value) {
        if (!isObjectPart(value)) return value;
        if (!(value instanceof ObjectText))
          return selectMembers(value, (key) => keeps(key, () => value[key]!)) ?? value;
        const copy = value.copy();
        return copy.select(keeps) ? copy : value;
      },
    };
  },
});

/** Names repeat from message to message: results are cached, up to a limit. */
function cached(test: KeyTest): KeyTest {
  const known = new Map<string, boolean>();
  return (key) => {
    let result = known.get(key);
    if (result !== undefined) return result;
    result = test(key);
    if (known.size < MAX_CACHED) known.set(key, result);
    return result;
  };
}
