import { z } from "zod";
import type { Table } from "../../../shared/key-path.ts";
import { RUNTIME_VERSION } from "../../version.ts";
import { reference, SchemaTable } from "./components.ts";
import { type Answer, commonAnswers, type Described, type Method, type Operation, TAGS } from "./operation.ts";

export interface Route {
  readonly method: Method;
  /** `:name` stands for one segment. */
  readonly path: string;
  readonly operation: Operation;
}

type JsonSchema = Record<string, unknown>;
type SchemaOf = (schema: Described) => JsonSchema;

/** The OpenAPI 3.1 document of the routes. `keyed`: an API key is configured. */
export function describeApi(routes: readonly Route[], { keyed }: { readonly keyed: boolean }): Table {
  const taken = new SchemaTable("input");
  const given = new SchemaTable("output");
  const foreign = new Map<string, JsonSchema>();
  const collect = (table: SchemaTable, schema: Described | undefined): void => {
    if (schema instanceof z.ZodType) table.add(schema);
    else if (schema !== undefined && !foreign.has(schema.name)) foreign.set(schema.name, schema.schema());
  };
  for (const { method, operation } of routes) {
    collect(taken, operation.path);
    collect(taken, operation.query);
    collect(taken, operation.bodySchema ?? operation.body);
    for (const { content = {} } of Object.values(answersOf(method, operation))) {
      for (const schema of Object.values(content)) collect(given, schema);
    }
  }
  const input = taken.make();
  const output = given.make();
  const schemaOf = (made: typeof input) => (schema: Described) =>
    schema instanceof z.ZodType ? made.of(schema) : { $ref: reference(schema.name) };

  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, "{$1}");
    paths[path] ??= {};
    paths[path][route.method.toLowerCase()] = describeOperation(route, schemaOf(input), schemaOf(output));
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Iggy Connectors",
      description: "The HTTP API of the connectors runtime.",
      version: RUNTIME_VERSION,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    tags: Object.entries(TAGS)
      .filter(([name]) => routes.some(({ operation }) => operation.tag === name))
      .map(([name, description]) => ({ name, description })),
    security: keyed ? [{ key: [] }] : [{}],
    paths,
    components: {
      securitySchemes: { key: { type: "apiKey", in: "header", name: "api-key", description: "`http.api_key`" } },
      schemas: sorted({ ...input.components, ...output.components, ...Object.fromEntries(foreign) }),
    },
  };
}

function describeOperation({ method, path, operation }: Route, taken: SchemaOf, given: SchemaOf): JsonSchema {
  const { tag, summary, description, query, body, bodySchema } = operation;
  const parameters = [...parametersIn("path", operation.path, taken), ...parametersIn("query", query, taken)];
  return {
    operationId: operationId(method, path),
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(operation.public === true ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { "application/json": { schema: taken(bodySchema ?? body) } } } }),
    responses: Object.fromEntries(
      Object.entries(answersOf(method, operation)).map(([status, answer]) => [status, describeAnswer(answer, given)]),
    ),
  };
}

function answersOf(method: Method, operation: Operation): Record<string, Answer> {
  return { ...commonAnswers(method, operation), ...operation.answers };
}

function describeAnswer({ description, content }: Answer, given: SchemaOf): JsonSchema {
  if (content === undefined) return { description };
  const described = Object.entries(content).map(([type, schema]) => [type, { schema: given(schema) }]);
  return { description, content: Object.fromEntries(described) };
}

function parametersIn(place: "path" | "query", schema: z.ZodObject | undefined, taken: SchemaOf): JsonSchema[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = taken(schema) as {
    readonly properties?: Record<string, JsonSchema>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...one }]) => ({
    name,
    in: place,
    ...(required.includes(name) ? { required: true } : {}),
    ...(description === undefined ? {} : { description }),
    schema: one,
  }));
}

/** `GET /sinks/:key/configs` is `getSinksKeyConfigs`. */
function operationId(method: Method, path: string): string {
  const words = path.split(/[^a-z0-9]+/i).filter((word) => word !== "");
  return method.toLowerCase() + words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join("");
}

function sorted<Value>(table: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1)));
}
