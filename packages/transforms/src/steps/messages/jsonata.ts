import type { Schema } from "@iggy-connectors/sdk";
import { RejectedError } from "@iggy-connectors/sdk";
import { z } from "zod";
import { defineTransform, FILTERED } from "../../definition/transform.ts";
import { compileJsonata } from "../../expressions/jsonata/compile.ts";

const KINDS: readonly Schema[] = ["json", "text"];

/** `jsonata`: replaces the payload by the result of an expression. */
export const jsonata = defineTransform({
  type: "jsonata",
  description:
    "Replaces the payload by the result of a JSONata expression. An expression without a result filters the message. Payloads other than JSON and text pass unchanged.",
  notes: [
    "The language is [JSONata](https://docs.jsonata.org) 1.8. The payload is `$`; `$headers`, `$kind`, `$partition`, `$id` and the other variables of [expressions](README.md#expressions) are bound as well; integers that a double cannot hold are strings there.",
    "It is the slowest of all transforms: about 4 µs for a message of 200 bytes and a result of two fields, three times the cost of [map](map.md). Where that is too slow, use a [script](script.md).",
    "Regular expressions are of the RE2 dialect. A message for which the expression takes more than a million steps fails. What functions and operators read, copy or make counts as well, before it is done: a step is about 32 characters, or 16 elements of an array. So text, patterns, pictures of numbers and times, widths and ranges may come from messages: none can hold up the connector for more than some seconds. A search counts what it reads, for a longer pattern several times. A picture of times counts every way in which it can divide the text: write something between its components.",
    "`$formatNumber` with an exponent in its picture takes numbers above zero only. Integers beyond 2^53 pass unchanged, but the language cannot compute with them.",
  ],
  settings: z.object({
    expression: z.string().min(1).describe("JSONata expression").meta({ example: '{ "id": id, "who": user.name }' }),
  }),
  examples: [
    {
      title: "A new object, with a sum",
      settings: { expression: '{ "id": id, "who": $uppercase(user.name), "total": $sum(items.(price * count)) }' },
      input: {
        json: {
          id: 7,
          user: { name: "Ada" },
          items: [
            { price: 2.5, count: 2 },
            { price: 10, count: 1 },
          ],
        },
      },
      output: [{ json: { id: 7, who: "ADA", total: 15 } }],
    },
    {
      title: "Filtered",
      settings: { expression: 'status = "paid" ? $ : nothing' },
      input: { json: { status: "new" } },
      output: [],
    },
  ],
  async create({ expression }, { invalid }) {
    let evaluate: Awaited<ReturnType<typeof compileJsonata>>;
    try {
      evaluate = await compileJsonata(expression);
    } catch (error) {
      throw invalid("expression", `is not a JSONata expression: ${messageOf(error)}`);
    }
    return {
      kinds: KINDS,
      outputKind: () => "json",
      process(message) {
        // Decodes: a payload that cannot be decoded is not a failure of the expression.
        const { value: input } = message;
        let value: unknown;
        try {
          value = evaluate(message);
        } catch (cause) {
          throw new RejectedError(`expression ${JSON.stringify(expression)}: ${messageOf(cause)}`, {
            code: "IGC_TRANSFORM_EXPRESSION",
            place: `expression ${expression}`,
            cause,
          });
        }
        if (value === undefined) return FILTERED;
        if (value === input && message.kind === "json") return undefined;
        message.value = value;
        message.kind = "json";
        return undefined;
      },
    };
  },
});

/** The library throws objects that are not instances of `Error`. */
function messageOf(error: unknown): string {
  return (error as { readonly message?: string } | null)?.message ?? String(error);
}
