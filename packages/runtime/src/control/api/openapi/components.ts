import { z } from "zod";

const named = z.registry<{ readonly id: string }>();

/** Gives a schema the name under which the document refers to it. */
export function component<Schema extends z.ZodType>(name: string, schema: Schema): Schema {
  named.add(schema, { id: name });
  return schema;
}

/** The name that `component` gave to a schema. */
function nameOf(schema: z.ZodType): string | undefined {
  return named.get(schema)?.id;
}

type JsonSchema = Record<string, unknown>;

/**
 * Makes the JSON Schemas of many zod schemas at once. A schema with a name is made once, collected in `components`, and
 * referred to. `io`: `input` for requests, `output` for responses.
 */
export class SchemaTable {
  readonly #io: "input" | "output";
  readonly #schemas = new Map<z.ZodType, string>();

  constructor(io: "input" | "output") {
    this.#io = io;
  }

  add(schema: z.ZodType): void {
    if (this.#schemas.has(schema)) return;
    this.#schemas.set(schema, nameOf(schema) ?? `inline-${this.#schemas.size}`);
  }

  make(): { readonly of: (schema: z.ZodType) => JsonSchema; readonly components: Record<string, JsonSchema> } {
    const registry = z.registry<{ readonly id: string }>();
    for (const [schema, id] of this.#schemas) registry.add(schema, { id });
    // Named schemas inside others are referred to, too.
    for (const schema of [...this.#schemas.keys()]) {
      for (const inner of namedSchemasIn(schema)) if (!registry.has(inner)) registry.add(inner, { id: nameOf(inner)! });
    }
    const { schemas } = z.toJSONSchema(registry, {
      io: this.#io,
      unrepresentable: "any",
      uri: reference,
      override: ({ jsonSchema }) => tidy(jsonSchema as JsonSchema, this.#io),
    });
    const made = new Map(Object.entries(schemas as Record<string, JsonSchema>).map(([id, one]) => [id, bare(one)]));
    return {
      of: (schema) => {
        const name = nameOf(schema);
        return name === undefined ? made.get(this.#schemas.get(schema)!)! : { $ref: reference(name) };
      },
      components: Object.fromEntries([...made].filter(([id]) => !id.startsWith("inline-"))),
    };
  }
}

export function reference(name: string): string {
  return `#/components/schemas/${name}`;
}

/** Removes noise, and what would forbid fields that a later version adds. */
function tidy(schema: JsonSchema, io: "input" | "output"): void {
  if (schema.format === "date-time") delete schema.pattern;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (io === "output" && schema.additionalProperties === false) delete schema.additionalProperties;
}

function bare({ $schema: _dialect, $id: _id, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

/** The named schemas inside a schema, at any depth. */
function* namedSchemasIn(schema: z.ZodType, seen = new Set<unknown>()): Generator<z.ZodType> {
  const pending: unknown[] = [schema._zod.def];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    seen.add(value);
    if (value instanceof z.ZodType) {
      if (nameOf(value) !== undefined) yield value;
      pending.push(value._zod.def);
    } else pending.push(...Object.values(value));
  }
}
