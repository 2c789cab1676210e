import { createRequire } from "node:module";
import type { Schema } from "@iggy-connectors/sdk";
import { parseJson } from "@iggy-connectors/sdk";
import type { RegisteredSchema } from "@iggy-connectors/sdk/internal";
import { withoutBigInts } from "@iggy-connectors/sdk/internal";
import type { Ajv, ErrorObject, Options, ValidateFunction } from "ajv";
import { decodeError, encodeError, schemaError } from "../errors/codec-error.ts";
import { jsonCodec } from "../plain/json-codec.ts";
import type { SchemaFormat } from "./format.ts";
import { frameHeader } from "./framing.ts";

/** `unicodeRegExp`: patterns match code points. Not strict, because registered schemas often have unknown keywords and formats. */
const OPTIONS: Options = { strict: false, unicodeRegExp: true, logger: false, addUsedSchema: false };

/** JSON with registered JSON Schemas: values that do not conform are refused in both directions. */
export function jsonFormat(): SchemaFormat {
  return {
    schema: "json",
    type: "JSON",
    compile(schema, place) {
      const validate = compileJsonSchema(schema, place);
      return {
        readBare: parseJson,
        read(bytes, start, end) {
          const value = parseJson(bytes, start, end);
          if (!validate(withoutBigInts(value))) throw decodeError("json", reasonOf(validate), pathOf(validate));
          return value;
        },
        header: (id) => frameHeader(id),
        write(value, kind, output) {
          const json = jsonOf(value, kind);
          if (!validate(withoutBigInts(json))) throw encodeError("json", reasonOf(validate), pathOf(validate));
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

/** `ajv`, loaded when the first JSON Schema is read: other connectors do not pay for it. */
function createAjv(schema: unknown): Ajv {
  const require = createRequire(import.meta.url);
  const dialect =
    typeof schema === "object" && schema !== null ? String((schema as Record<string, unknown>).$schema) : "";
  const draft = dialect.includes("2020-12")
    ? "ajv/dist/2020.js"
    : dialect.includes("2019-09")
      ? "ajv/dist/2019.js"
      : "ajv";
  const { default: AjvClass } = require(draft) as { default: new (options: Options) => Ajv };
  const ajv = new AjvClass(OPTIONS);
  const { default: addFormats } = require("ajv-formats") as { default: (ajv: Ajv) => void };
  addFormats(ajv);
  return ajv;
}

function compileJsonSchema({ text, references }: RegisteredSchema, place: string): ValidateFunction {
  try {
    const schema = withoutOldDialect(JSON.parse(text));
    const ajv = createAjv(schema);
    for (const reference of references)
      ajv.addSchema(withoutOldDialect(JSON.parse(reference.text)) as object, reference.name);
    return ajv.compile(schema as object);
  } catch (cause) {
    throw schemaError(`the JSON Schema is not valid: ${cause instanceof Error ? cause.message : cause}`, place, cause);
  }
}

/** There is no meta-schema of drafts before 6: their schemas are read as draft 7. */
function withoutOldDialect(schema: unknown): unknown {
  if (typeof schema !== "object" || schema === null) return schema;
  const { $schema, ...rest } = schema as Record<string, unknown>;
  return typeof $schema === "string" && /draft-0[1-5]/.test($schema) ? rest : schema;
}

function reasonOf({ errors }: ValidateFunction): string {
  return errors?.[0]?.message ?? "it does not conform to its JSON Schema";
}

function pathOf({ errors }: ValidateFunction): readonly string[] {
  const error: ErrorObject | undefined = errors?.[0];
  return (error?.instancePath ?? "")
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}
