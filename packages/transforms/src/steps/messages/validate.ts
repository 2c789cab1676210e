import { readFile } from "node:fs/promises";
import { parseJson, RejectedError } from "@iggy-connectors/sdk";
import { formatPath } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { defineTransform, FILTERED } from "../../definition/transform.ts";

/** `validate`: validates payloads against a JSON Schema. */
export const validate = defineTransform({
  type: "validate",
  description:
    "Validates JSON payloads against a JSON Schema of draft 4, 6, 7, 2019-09 or 2020-12 (also where $schema names none), formats included. The message itself is never changed.",
  notes: [
    "Numbers are compared as decimals with all their digits, in the payload as in the schema: 9007199254740993 is not 9007199254740992, 0.3 is a multiple of 0.1, 1.0 is 1, and 12345678901234567.5 is no integer. A limit that needs more digits than a double has, and is not an integer, belongs into a file (schema_path): an inline one is read as a double.",
    "Patterns run in RE2, linear in the length of the text. One with look-around, back-references or more than 1000 repetitions, which RE2 does not have, runs for at most 100 ms per text: a message for which it takes longer is invalid.",
  ],
  settings: z
    .object({
      schema: z
        .record(z.string(), z.unknown())
        .optional()
        .describe("The JSON Schema, inline")
        .meta({ example: { type: "object", required: ["id"] } }),
      schema_path: z
        .string()
        .min(1)
        .optional()
        .describe("File with the JSON Schema, relative to the connector file")
        .meta({ example: "schemas/order.json", file: true }),
      on_invalid: z
        .enum(["fail", "drop"])
        .default("fail")
        .describe(
          "What happens to an invalid message. fail: it fails and is handled as on_error says; drop: it is filtered",
        ),
    })
    .refine(({ schema, schema_path }) => (schema === undefined) !== (schema_path === undefined), {
      error: "exactly one of schema and schema_path must be set",
      path: ["schema"],
    }),
  examples: [
    {
      title: "Valid",
      settings: { schema: { type: "object", required: ["id"], properties: { id: { type: "integer" } } } },
      input: { json: { id: 1 } },
      output: [{ json: { id: 1 } }],
    },
    {
      title: "Invalid",
      settings: { schema: { type: "object", required: ["id"] } },
      input: { json: {} },
      output: { error: "IGC_TRANSFORM_VALIDATION" },
    },
  ],
  async create({ schema, schema_path: file, on_invalid: onInvalid }, { resolve, invalid }) {
    let source: unknown = schema;
    if (file !== undefined) {
      try {
        source = parseJson(await readFile(resolve(file)));
      } catch (error) {
        throw invalid("schema_path", `${file} cannot be read as JSON: ${(error as Error).message}`);
      }
    }
    const { compileJsonSchema } = await import("@iggy-connectors/codecs/json-schema");
    let check: ReturnType<typeof compileJsonSchema>;
    try {
      check = compileJsonSchema(source, [], "2020-12");
    } catch (error) {
      throw invalid(file === undefined ? "schema" : "schema_path", `is not a JSON Schema: ${(error as Error).message}`);
    }
    return {
      kinds: ["json"],
      apply(value) {
        const violation = check(value);
        if (violation === undefined) return value;
        if (onInvalid === "drop") return FILTERED;
        const field = violation.path.length === 0 ? "(payload)" : formatPath(violation.path);
        throw new RejectedError(`the payload violates the schema: ${field} ${violation.demand} (${violation.rule})`, {
          code: "IGC_TRANSFORM_VALIDATION",
          place: `field ${field}`,
        });
      },
    };
  },
});
