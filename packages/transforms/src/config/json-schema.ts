import { z } from "zod";
import { TRANSFORMS } from "../steps/all.ts";

type JsonSchema = Record<string, unknown>;

/** The keys that every step has besides those of its type. */
const COMMON: Readonly<Record<string, JsonSchema>> = {
  name: { type: "string", minLength: 1, description: "Name of the step in errors, dead letters and counters" },
  enabled: { type: "boolean", description: "false: the step is ignored" },
  when: {
    type: "string",
    minLength: 1,
    description: "CEL expression; messages for which it is not true pass unchanged",
  },
  on_error: { enum: ["dead_letter", "skip", "stop"], description: "What happens to a message that fails in this step" },
};

/** Editors mark unknown keys as errors. */
const CLOSED: JsonSchema = { additionalProperties: false };

/** JSON Schema (draft 2020-12) of the keys of one type. Throws `Error` for an unknown type. */
export function transformJsonSchema(type: string): JsonSchema {
  const definition = TRANSFORMS.get(type);
  if (definition === undefined) throw new Error(`no such transform: ${type}`);
  const { $schema: _dialect, ...schema } = z.toJSONSchema(definition.settings, { io: "input" }) as JsonSchema;
  return { description: definition.description, ...schema };
}

/** JSON Schema of a connector file's `transforms`: the list, or the original's table per type. */
export function transformsJsonSchema(): JsonSchema {
  const types = [...TRANSFORMS.keys()];
  return {
    anyOf: [
      { type: "array", items: { type: "object", required: ["type"], oneOf: types.map(listed) } },
      { type: "object", properties: Object.fromEntries(types.map((type) => [type, tabled(type)])) },
    ],
  };
}

function listed(type: string): JsonSchema {
  const schema = transformJsonSchema(type);
  const properties = { type: { const: type }, ...COMMON, ...(schema.properties as JsonSchema) };
  return { ...schema, properties, ...CLOSED };
}

function tabled(type: string): JsonSchema {
  const { required = [], ...schema } = transformJsonSchema(type) as { required?: string[]; properties?: JsonSchema };
  const whole = {
    ...schema,
    required: ["enabled", ...required],
    properties: { ...COMMON, ...schema.properties },
    ...CLOSED,
  };
  // The other settings of a disabled table are not validated.
  return {
    anyOf: [
      { type: "null" },
      { type: "object", required: ["enabled"], properties: { enabled: { const: false } } },
      whole,
    ],
  };
}
