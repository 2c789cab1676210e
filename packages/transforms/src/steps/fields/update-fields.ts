import { parsePath } from "@iggy-connectors/sdk";
import { existsAt, isObjectPart, setAt } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { editValue, type FieldEdit } from "../../definition/field-edit.ts";
import { defineTransform } from "../../definition/transform.ts";
import { checkPaths, fieldKeySetting, pathsSetting } from "../../settings/paths-setting.ts";
import { fieldValue, valueSetting } from "../../settings/value-setting.ts";

/** `update_fields`: sets fields depending on whether they exist. */
export const updateFields = defineTransform({
  type: "update_fields",
  description:
    "Sets fields of JSON objects depending on whether they exist. Entries are applied in order, each to the result of the one before.",
  settings: z
    .object({
      fields: z
        .array(
          z.object({
            key: fieldKeySetting("status"),
            value: valueSetting,
            condition: z
              .enum(["always", "key_exists", "key_not_exists"])
              .nullish()
              .describe(
                "When it is set: always (the default), key_exists or key_not_exists; a field that is null exists",
              )
              .meta({ example: "key_not_exists" }),
          }),
        )
        .default([])
        .describe("Fields to set, in this order")
        .meta({ example: [{ key: "status", value: { static: "new" }, condition: "key_not_exists" }] }),
      paths: pathsSetting,
    })
    .superRefine(checkPaths),
  examples: [
    {
      title: "A default, and a replacement for an existing field",
      settings: {
        fields: [
          { key: "status", value: { static: "new" }, condition: "key_not_exists" },
          { key: "mail", value: { static: "hidden" }, condition: "key_exists" },
        ],
      },
      input: { json: { id: 1, mail: "ada@example.org" } },
      output: [{ json: { id: 1, mail: "hidden", status: "new" } }],
    },
  ],
  create({ fields, paths }) {
    const entries = fields.map(({ key, value, condition }) => ({
      key,
      value: fieldValue(value),
      condition: condition ?? "always",
    }));
    if (!paths) {
      const edits = entries.map((entry): FieldEdit => ({ kind: "set", ...entry }));
      return { kinds: ["json"], takesText: true, edits, apply: (value) => editValue(edits, value) };
    }
    const places = entries.map((entry) => ({ ...entry, path: parsePath(entry.key) }));
    return {
      kinds: ["json"],
      takesText: true,
      apply(value) {
        if (!isObjectPart(value)) return value;
        let result: unknown = value;
        for (const { path, value: next, condition } of places) {
          if (condition !== "always" && existsAt(result, path) !== (condition === "key_exists")) continue;
          result = setAt(result, path, next.next());
        }
        return result;
      },
    };
  },
});
