import { parsePath } from "@iggy-connectors/sdk";
import { removeAt } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { editValue, type FieldEdit } from "../../definition/field-edit.ts";
import { defineTransform } from "../../definition/transform.ts";
import { pathsSetting } from "../../settings/paths-setting.ts";

/** `delete_fields`: removes fields; absent ones are ignored. */
export const deleteFields = defineTransform({
  type: "delete_fields",
  description: "Removes fields of JSON objects. Missing fields are ignored.",
  settings: z.object({
    fields: z
      .array(z.string())
      .default([])
      .describe("Names of the fields to remove, without wildcards; dots are literal unless paths is on")
      .meta({ example: ["password"] }),
    paths: pathsSetting,
  }),
  examples: [
    {
      title: "Two top-level fields",
      settings: { fields: ["password", "absent"] },
      input: { json: { id: 1, password: "secret", name: null } },
      output: [{ json: { id: 1, name: null } }],
    },
    {
      title: "A field of every element",
      settings: { paths: true, fields: ["items[*].cost"] },
      input: { json: { items: [{ id: 1, cost: 5 }, { id: 2 }] } },
      output: [{ json: { items: [{ id: 1 }, { id: 2 }] } }],
    },
  ],
  create({ fields, paths }) {
    if (!paths) {
      const edits: FieldEdit[] = [{ kind: "remove", keys: new Set(fields) }];
      return { kinds: ["json"], takesText: true, edits, apply: (value) => editValue(edits, value) };
    }
    const places = fields.map(parsePath);
    return { kinds: ["json"], takesText: true, apply: (value) => places.reduce(removeAt, value) };
  },
});
