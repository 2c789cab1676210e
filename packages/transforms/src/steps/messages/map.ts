import type { JsonValue } from "@iggy-connectors/sdk";
import { parsePath, RejectedError, SCHEMAS } from "@iggy-connectors/sdk";
import { EVERY, pathTable, setAt, typeName } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { defineTransform } from "../../definition/transform.ts";
import { isJsonValue } from "../../values/static-value.ts";

/** `map`: makes a new object of expressions. */
export const map = defineTransform({
  type: "map",
  description:
    "Makes a new JSON object whose fields are the results of CEL expressions. Only the listed fields are in it, unless keep is on. The payload may be of any kind.",
  settings: z.object({
    fields: pathTable(z.string().min(1), "Path → CEL expression").meta({
      example: { id: "payload.id", "meta.topic": "topic" },
    }),
    keep: z.boolean().default(false).describe("Keep the other fields of the payload, where it is an object"),
  }),
  examples: [
    {
      title: "A new shape",
      settings: {
        fields: { id: "payload.id", who: "payload.user.name", double: "payload.total * 2.0", "meta.topic": "topic" },
      },
      input: { json: { id: 7, total: 12.5, user: { name: "Ada" } } },
      output: [{ json: { id: 7, who: "Ada", double: 25, meta: { topic: "orders" } } }],
    },
    {
      title: "One more field",
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
          throw invalid(`fields.${field}`, "a field that is made anew has no elements: write names only");
        }
        return { path, work: await expression(source, `fields.${field}`) };
      }),
    );
    return {
      kinds: SCHEMAS,
      outputKind: () => "json",
      process(message) {
        const values = entries.map(({ path, work }) => {
          const value = work(message);
          if (isJsonValue(value)) return { path, value };
          throw new RejectedError(`field ${path.text} would be ${typeName(value)} that JSON cannot express`, {
            code: "IGC_TRANSFORM_EXPRESSION",
            place: `field ${path.text}`,
          });
        });
        let result: JsonValue = keep && message.kind === "json" ? (message.value as JsonValue) : {};
        for (const { path, value } of values) result = setAt(result, path, value);
        message.value = result;
        message.kind = "json";
        return undefined;
      },
    };
  },
});
