import { z } from "zod";
import { editValue, type FieldEdit } from "./field-edit.ts";
import { defineTransform } from "./transform.ts";

/** `delete_fields`: removes top-level fields; absent ones are ignored. */
export const deleteFields = defineTransform({
  type: "delete_fields",
  description: "Removes top-level fields of JSON objects",
  settings: z.object({
    fields: z.array(z.string()).default([]).describe("Names of the fields to remove; no paths, no wildcards"),
  }),
  create({ fields }) {
    const edits: FieldEdit[] = [{ kind: "remove", keys: new Set(fields) }];
    return { kinds: ["json"], edits, apply: (value) => editValue(edits, value) };
  },
});
