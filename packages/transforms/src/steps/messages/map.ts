import { parsePath, RejectedError, SCHEMAS } from "@iggy-connectors/sdk";
import { EVERY, type JsonPart, ObjectText, pathTable, setAt, typeName } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { defineTransform } from "../../definition/transform.ts";
import { isJsonValue } from "../../values/static-value.ts";

/** `map`: builds an object from expressions. */
export const map = defineTransform({
  type: "map",
  description:
    "Replaces the payload by a JSON object whose fields are the results of CEL expressions. It has only the listed fields, unless keep is on. The payload may be of any kind.",
  settings: z.object({
    fields: pathTable(z.string().min(1), "Path → CEL expression").meta({
      example: { id: "payload.id", "meta.topic": "topic" },
    }),
    keep: z.boolean().default(false).describe("Keep the other fields of the payload, if it is an object"),
  }),
  examples: [
    {
      title: "A new object",
      settings: {
        fields: { id: "payload.id", who: "payload.user.name", double: "payload.total * 2.0", "meta.topic": "topic" },
      },
      input: { json: { id: 7, total: 12.5, user: { name: "Ada" } } },
      output: [{ json: { id: 7, who: "Ada", double: 25, meta: { topic: "orders" } } }],
    },
    {
      title: "An additional field",
      settings: { keep: true, fields: { large: "payload.total > 100" } },
      input: { json: { total: 250 } },
      output: [{ json: { total: 250, large: true } }],
    },
  ],
  async create({ fields, keep }, { expression, invalid }) {
    const entries = await Promise.all(
      Object.entries(fields).map(async ([field, source]) => {
        const path = parsePath(field);
        if (path.segments.some((segment) => segment === EVERY || typeof segment === "number")) {
          throw invalid(`fields.${field}`, "must be made of names only: a new field has no elements");
        }
        return { path, work: await expression(source, `fields.${field}`) };
      }),
    );
    return {
      kinds: SCHEMAS,
      outputKind: () => "json",
      process(message) {
        const values = entries.map(({ path, work }) => {
          // What is only moved keeps its digits.
          const part = work.moved?.(message.part);
          if (part !== undefined) return { path, value: part };
          const value = work(message);
          if (isJsonValue(value)) return { path, value };
          throw new RejectedError(`the value of field ${path.text} (${typeName(value)}) cannot be expressed in JSON`, {
            code: "IGC_TRANSFORM_EXPRESSION",
            place: `field ${path.text}`,
          });
        });
        let result = keep && message.kind === "json" ? (message.part as JsonPart) : ObjectText.of();
        for (const { path, value } of values) result = setAt(result, path, value);
        message.value = result;
        message.kind = "json";
        return undefined;
      },
    };
  },
});
