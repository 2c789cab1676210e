import { parsePath, path } from "@iggy-connectors/sdk";
import { type JsonPart, setAt } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { defineTransform } from "../../definition/transform.ts";

/** `hoist_field`: the payload becomes a field of a new object. */
export const hoistField = defineTransform({
  type: "hoist_field",
  description:
    "Wraps the whole payload, of any JSON type, into a new object with one field: the reverse of extract_field.",
  settings: z.object({ field: path("Path of the field that takes the payload", "data") }),
  examples: [
    {
      title: "Under a name",
      settings: { field: "data" },
      input: { json: [1, 2] },
      output: [{ json: { data: [1, 2] } }],
    },
  ],
  create({ field }) {
    const target = parsePath(field);
    return { kinds: ["json"], takesText: true, apply: (value) => setAt({}, target, value as JsonPart) };
  },
});
