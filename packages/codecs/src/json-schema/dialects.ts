import { createRequire } from "node:module";
import type { Ajv, AnySchema, Options } from "ajv";

/** The drafts of JSON Schema that are understood. */
export type Dialect = "draft-04" | "draft-06" | "draft-07" | "2019-09" | "2020-12";

/** How `$schema` names them; a schema's own spelling (`https`, without `#`) is replaced by this one. */
const META_SCHEMAS: Readonly<Record<Dialect, string>> = {
  "draft-04": "http://json-schema.org/draft-04/schema#",
  "draft-06": "http://json-schema.org/draft-06/schema#",
  "draft-07": "http://json-schema.org/draft-07/schema#",
  "2019-09": "https://json-schema.org/draft/2019-09/schema",
  "2020-12": "https://json-schema.org/draft/2020-12/schema",
};
const DIALECTS = Object.keys(META_SCHEMAS) as readonly Dialect[];
const ADDRESS = /^https?:\/\/(?:www\.)?json-schema\.org\/(?:draft\/)?([^/]+)\/(?:hyper-)?schema$/;

/** The dialect that a schema names; `fallback` for a schema that names none. Throws `Error` for one that is not understood. */
export function dialectOf(schema: unknown, fallback: Dialect): Dialect {
  const named = typeof schema === "object" && schema !== null ? (schema as { $schema?: unknown }).$schema : undefined;
  if (named === undefined) return fallback;
  const address = typeof named === "string" ? named.trim().replace(/#$/, "") : "";
  if (/^https?:\/\/(?:www\.)?json-schema\.org\/schema$/.test(address)) return fallback;
  const name = ADDRESS.exec(address)?.[1];
  const dialect = DIALECTS.find((known) => known === name);
  if (dialect !== undefined) return dialect;
  throw new Error(
    `its dialect ($schema) is ${JSON.stringify(named)}; those that are understood are ${DIALECTS.join(", ")}`,
  );
}

/** The keyword by which a dialect names a schema. */
export function identifierOf(dialect: Dialect): "id" | "$id" {
  return dialect === "draft-04" ? "id" : "$id";
}

export function metaSchemaOf(dialect: Dialect): string {
  return META_SCHEMAS[dialect];
}

/**
 * A validator of schemas of these dialects. The library is loaded when the first JSON Schema is read: other connectors do not pay for
 * it. Throws `Error` for a schema of draft 4 beside one of another draft.
 */
export function createAjv(dialects: ReadonlySet<Dialect>, options: Options): Ajv {
  const require = createRequire(import.meta.url);
  if (dialects.has("draft-04") && dialects.size > 1) {
    throw new Error("schemas of draft-04 and of later drafts cannot refer to each other");
  }
  const of = (module: unknown) => new (module as { default: new (options: Options) => Ajv }).default(options);
  if (dialects.has("draft-04")) return of(require("ajv-draft-04"));
  const newest = dialects.has("2020-12") ? "2020-12" : dialects.has("2019-09") ? "2019-09" : "draft-07";
  const ajv = of(
    newest === "draft-07"
      ? require("ajv")
      : newest === "2020-12"
        ? require("ajv/dist/2020.js")
        : require("ajv/dist/2019.js"),
  );
  if (newest !== "draft-07" && dialects.has("draft-07")) {
    ajv.addMetaSchema(require("ajv/dist/refs/json-schema-draft-07.json") as AnySchema & object);
  }
  if (dialects.has("draft-06"))
    ajv.addMetaSchema(require("ajv/dist/refs/json-schema-draft-06.json") as AnySchema & object);
  return ajv;
}
