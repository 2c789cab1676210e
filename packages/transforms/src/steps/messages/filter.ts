import { RejectedError, SCHEMAS } from "@iggy-connectors/sdk";
import { JsonText, ObjectText, typeName } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { defineTransform, FILTERED, type TransformMessage } from "../../definition/transform.ts";

/** A message of which only the value is read. */
const VALUE_ONLY: Omit<TransformMessage, "value"> = {
  part: undefined,
  kind: "json",
  owned: false,
  headers: new Map(),
  target: undefined,
  key: undefined,
  stream: undefined,
  topic: undefined,
  partition: undefined,
  offset: undefined,
  id: undefined,
  checksum: undefined,
  timestamp: undefined,
  originTimestamp: undefined,
};

/** `filter`: filters messages by a condition. */
export const filter = defineTransform({
  type: "filter",
  description:
    "Filters messages by a condition in CEL. A message that does not go on counts as filtered, not as failed. A condition that cannot be evaluated, for example because a field is missing, fails the message.",
  settings: z.object({
    condition: z
      .string()
      .min(1)
      .describe("CEL expression that is true or false; it may use payload, headers, kind, stream, topic, offset …")
      .meta({ example: 'payload.status == "paid"' }),
    mode: z
      .enum(["keep", "drop"])
      .default("keep")
      .describe("keep: messages for which the condition is true go on; drop: they are filtered"),
  }),
  examples: [
    {
      title: "Kept",
      settings: { condition: "payload.total > 10.0" },
      input: { json: { total: 12.5 } },
      output: [{ json: { total: 12.5 } }],
    },
    {
      title: "Filtered",
      settings: { condition: 'has(payload.test) && headers["env"] != "live"', mode: "drop" },
      input: { json: { test: true }, headers: { env: "dev" } },
      output: [],
    },
  ],
  async create({ condition, mode }, context) {
    const expression = await context.expression(condition, "condition");
    const keep = mode === "keep";
    const passes = (message: TransformMessage): boolean => {
      const result = expression(message);
      if (typeof result === "boolean") return result === keep;
      throw new RejectedError(`the condition ${condition} is ${typeName(result)}, not true or false`, {
        code: "IGC_TRANSFORM_EXPRESSION",
        place: "condition",
      });
    };
    if (expression.fields === undefined) {
      return { kinds: SCHEMAS, process: (message) => (passes(message) ? undefined : FILTERED) };
    }
    const message = { ...VALUE_ONLY, part: undefined as unknown, value: undefined as unknown };
    const test = (part: unknown): boolean => {
      message.part = part;
      // Of an object that is not decoded, the expression reads its fields.
      message.value = part instanceof JsonText && !(part instanceof ObjectText) ? part.decode() : part;
      return passes(message);
    };
    return {
      kinds: SCHEMAS,
      takesText: true,
      edits: [{ kind: "require", keys: expression.fields, test }],
      apply: (value) => (test(value) ? value : FILTERED),
    };
  },
});
