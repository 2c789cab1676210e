import { parsePath } from "@iggy-connectors/sdk";
import { isObjectPart, keyPath } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { editValue, type FieldEdit } from "../../definition/field-edit.ts";
import { defineTransform } from "../../definition/transform.ts";
import { conflictSetting, targetPath } from "../../settings/conflict-setting.ts";
import { checkPaths, fieldKeySetting, pathsSetting } from "../../settings/paths-setting.ts";
import { fieldValue, valueSetting } from "../../settings/value-setting.ts";
import { placeAt } from "../../values/conflicts.ts";

/** `add_fields`: inserts or overwrites fields, in list order. */
export const addFields = defineTransform({
  type: "add_fields",
  description: "Sets fields of JSON objects: a new field is appended, an existing one keeps its position.",
  settings: z
    .object({
      fields: z
        .array(
          z.object({
            key: fieldKeySetting("region"),
            value: valueSetting,
          }),
        )
        .default([])
        .describe("Fields to set, in this order")
        .meta({ example: [{ key: "region", value: { static: "eu" } }] }),
      paths: pathsSetting,
      on_conflict: conflictSetting("replace", "If the field exists"),
    })
    .superRefine(checkPaths),
  examples: [
    {
      title: "A fixed and a computed field",
      settings: {
        fields: [
          { key: "region", value: { static: "eu" } },
          { key: "loaded_at", value: { computed: "timestamp_millis" } },
        ],
      },
      input: { json: { id: 1, region: "us" } },
      output: [{ json: { id: 1, region: "eu", loaded_at: 1767225600000 } }],
      varies: ["loaded_at"],
    },
    {
      title: "A nested field",
      settings: { paths: true, fields: [{ key: "meta.source", value: { static: "shop" } }] },
      input: { json: { id: 1 } },
      output: [{ json: { id: 1, meta: { source: "shop" } } }],
    },
  ],
  create({ fields, paths, on_conflict: onConflict }, { invalid }) {
    if (!paths && (onConflict === "replace" || onConflict === "keep")) {
      const condition = onConflict === "keep" ? "key_not_exists" : "always";
      const edits = fields.map(
        ({ key, value }): FieldEdit => ({ kind: "set", key, value: fieldValue(value), condition }),
      );
      return { kinds: ["json"], takesText: true, edits, apply: (value) => editValue(edits, value) };
    }
    const places = fields.map(({ key, value }, index) => {
      const path = targetPath(paths ? parsePath(key) : keyPath(key), onConflict, (reason) =>
        invalid(`fields[${index}].key`, reason),
      );
      return { path, value: fieldValue(value) };
    });
    return {
      kinds: ["json"],
      takesText: true,
      apply(value) {
        if (!isObjectPart(value)) return value;
        return places.reduce<unknown>(
          (result, { path, value: next }) => placeAt(result, path, next.next(), onConflict, "an added field"),
          value,
        );
      },
    };
  },
});
