import type { Schema } from "@iggy-connectors/sdk";
import { parseJson } from "@iggy-connectors/sdk";
import type { RegisteredSchema } from "@iggy-connectors/sdk/internal";
import { schemaError, violationError } from "../errors/codec-error.ts";
import { compileJsonSchema, type SchemaViolation } from "../json-schema/compile-json-schema.ts";
import { jsonCodec } from "../plain/json-codec.ts";
import type { SchemaFormat } from "./format.ts";
import { frameHeader } from "./framing.ts";

/** JSON with registered JSON Schemas: values that do not conform are refused in both directions. */
export function jsonFormat(): SchemaFormat {
  return {
    schema: "json",
    type: "JSON",
    compile(schema, place) {
      const check = compileSchema(schema, place);
      return {
        readBare: parseJson,
        read(bytes, start, end) {
          const value = parseJson(bytes, start, end);
          const violation = check(value);
          if (violation !== undefined) throw violationError("decode", violation);
          return value;
        },
        header: (id) => frameHeader(id),
        write(value, kind, output) {
          const json = jsonOf(value, kind);
          const violation = check(json);
          if (violation !== undefined) throw violationError("encode", violation);
          jsonCodec.encodeInto(json, "json", output);
        },
      };
    },
    localText: () => undefined,
  };
}

/** A text payload is written as a JSON string, as in a json stream without a registry. */
function jsonOf(value: unknown, kind: Schema): unknown {
  // Throws for a kind that json does not take.
  jsonCodec.encode(value, kind);
  return value;
}

/** Registries take a schema that names no draft for draft 7. */
function compileSchema(
  { text, references }: RegisteredSchema,
  place: string,
): (value: unknown) => SchemaViolation | undefined {
  try {
    const others = references.map(({ name, text: referred }) => ({ name, schema: schemaOf(referred) }));
    return compileJsonSchema(schemaOf(text), others, "draft-07");
  } catch (cause) {
    throw schemaError(`the JSON Schema is not valid: ${cause instanceof Error ? cause.message : cause}`, place, cause);
  }
}

/** With all digits of its numbers. */
function schemaOf(text: string): unknown {
  return parseJson(Buffer.from(text));
}
