import { exactAt, parsePath, path, RejectedError, SCHEMAS, stringifyJson, valueAt } from "@iggy-connectors/sdk";
import { suggest, typeName } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { defineTransform, type TransformMessage } from "../../definition/transform.ts";

/** `route`: chooses a source's stream for each message. */
export const route = defineTransform({
  type: "route",
  description:
    "Chooses the [[streams]] entry of a source that a message goes to, by the entry's name, and the key that determines its partition. Without route every entry receives every message.",
  notes: [
    "Only in sources: a sink has one destination. To send messages of one topic to several destinations, run a sink for each, with filter.",
  ],
  settings: z
    .object({
      to: z
        .string()
        .min(1)
        .optional()
        .describe("Name of the entry, for every message that reaches this step")
        .meta({ example: "orders" }),
      field: path("Path of the field that holds the name", "table").optional(),
      expression: z
        .string()
        .min(1)
        .optional()
        .describe("CEL expression that gives the name")
        .meta({ example: 'payload.total > 100 ? "large" : "small"' }),
      names: z
        .record(z.string(), z.string().min(1))
        .optional()
        .describe("Value of field or expression → name of the entry; default: the value is the name")
        .meta({ example: { customers: "crm" } }),
      default: z
        .string()
        .min(1)
        .optional()
        .describe(
          "Name of the entry for messages without the field, and for values that names does not list; default: they fail",
        )
        .meta({ example: "other" }),
      key_field: path(
        "Path of the field whose value determines the partition (with partition_by = key)",
        "customer.id",
      ).optional(),
    })
    .refine(({ to, field, expression }) => [to, field, expression].filter((one) => one !== undefined).length <= 1, {
      error: "only one of to, field and expression can be set",
      path: ["field"],
    })
    .refine(
      ({ to, field, expression, key_field }) => [to, field, expression, key_field].some((one) => one !== undefined),
      {
        error: "one of to, field, expression and key_field must be set",
        path: ["field"],
      },
    ),
  examples: [
    {
      title: "By a field, with a key",
      settings: { field: "table", names: { customers: "crm" }, default: "other", key_field: "id" },
      input: { json: { table: "customers", id: 7 } },
      output: [{ json: { table: "customers", id: 7 }, target: "crm" }],
    },
  ],
  async create({ to, field, expression, names, default: otherwise, key_field: keyField }, context) {
    if (context.connector === "sink")
      throw context.invalid("type", "route can be used only in sources: a sink has one destination");
    checkName(to, "to");
    checkName(otherwise, "default");
    for (const [said, name] of Object.entries(names ?? {})) checkName(name, `names.${said}`);
    const keyPath = keyField === undefined ? undefined : parsePath(keyField);
    const read = await reader();
    return {
      kinds: SCHEMAS,
      process(message) {
        if (keyPath !== undefined) {
          const key = exactAt(message.part, keyPath);
          if (key !== undefined && key !== null) message.key = typeof key === "string" ? key : stringifyJson(key);
        }
        if (read !== undefined) message.target = chosen(read(message));
        return undefined;
      },
    };

    function checkName(name: string | undefined, key: string): void {
      const { targets } = context;
      if (name === undefined || targets === undefined || targets.includes(name)) return;
      const near = suggest(name, targets);
      const names = targets.length === 0 ? "no entry has a name" : `names are ${targets.join(", ")}`;
      throw context.invalid(
        key,
        `there is no [[streams]] entry with the name ${JSON.stringify(name)}: ${near === undefined ? names : `did you mean ${near}?`}`,
      );
    }

    async function reader(): Promise<((message: TransformMessage) => unknown) | undefined> {
      if (to !== undefined) return () => to;
      if (expression !== undefined) return context.expression(expression, "expression");
      if (field === undefined) return undefined;
      const source = parsePath(field);
      return ({ part }) => valueAt(part, source);
    }

    function chosen(said: unknown): string {
      if (to !== undefined) return to;
      const text =
        typeof said === "string" || typeof said === "number" || typeof said === "boolean" ? String(said) : undefined;
      const name =
        text === undefined
          ? undefined
          : names === undefined
            ? text
            : Object.hasOwn(names, text)
              ? names[text]
              : undefined;
      const target = name ?? otherwise;
      if (target !== undefined) return target;
      throw new RejectedError(
        text === undefined
          ? `${field ?? "the expression"} is ${typeName(said)}, which is not the name of a stream`
          : `names does not list ${JSON.stringify(text)}`,
        {
          code: "IGC_TRANSFORM_ROUTE",
          place: field === undefined ? "expression" : `field ${field}`,
          fix: "set default",
        },
      );
    }
  },
});
