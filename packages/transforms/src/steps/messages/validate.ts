import { readFile } from "node:fs/promises";
import { RejectedError } from "@iggy-connectors/sdk";
import { withoutBigInts } from "@iggy-connectors/sdk/internal";
import { z } from "zod";
import { defineTransform, FILTERED } from "../../definition/transform.ts";

/** `validate`: validates payloads against a JSON Schema. */
export const validate = defineTransform({
  type: "validate",
  description:
    "Validates JSON payloads against a JSON Schema (draft 2020-12, or draft-07 if $schema names it), formats included. The message itself is never changed.",
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
        source = JSON.parse(await readFile(resolve(file), "utf8"));
      } catch (error) {
        throw invalid("schema_path", `${file} cannot be read as JSON: ${(error as Error).message}`);
      }
    }
    let check: Awaited<ReturnType<typeof compileSchema>>;
    try {
      check = await compileSchema(source);
    } catch (error) {
      throw invalid(file === undefined ? "schema" : "schema_path", `is not a JSON Schema: ${(error as Error).message}`);
    }
    return {
      kinds: ["json"],
      apply(value) {
        const problem = check(value);
        if (problem === undefined) return value;
        if (onInvalid === "drop") return FILTERED;
        throw new RejectedError(`the payload does not match the schema: ${problem.message}`, {
          code: "IGC_TRANSFORM_VALIDATION",
          place: `field ${problem.field}`,
        });
      },
    };
  },
});

interface Problem {
  readonly field: string;
  readonly message: string;
}

/** Long integers are validated as the nearest double: implementations of JSON Schema do not know `bigint`. */
async function compileSchema(schema: unknown): Promise<(value: unknown) => Problem | undefined> {
  if (typeof schema !== "object" || schema === null) throw new Error("it must be an object");
  const draft7 = "$schema" in schema && typeof schema.$schema === "string" && schema.$schema.includes("draft-07");
  const [{ Ajv }, { Ajv2020 }, formats] = await Promise.all([
    import("ajv"),
    import("ajv/dist/2020.js"),
    import("ajv-formats"),
  ]);
  const ajv = new (draft7 ? Ajv : Ajv2020)({ strict: false, allErrors: false, messages: true, validateFormats: true });
  formats.default.default(ajv);
  const check = ajv.compile(schema);
  return (value) => {
    if (check(withoutBigInts(value))) return undefined;
    const [error] = check.errors ?? [];
    const field =
      error?.instancePath === undefined || error.instancePath === ""
        ? "(payload)"
        : error.instancePath.slice(1).replaceAll("/", ".");
    return { field, message: `${field} ${error?.message ?? "is not valid"}` };
  };
}
