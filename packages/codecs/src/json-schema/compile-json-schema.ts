import { createRequire } from "node:module";
import { stringifyJson } from "@iggy-connectors/sdk";
import type { Ajv, ErrorObject, Options, ValidateFunction } from "ajv";
import { createAjv, type Dialect, dialectOf, identifierOf, metaSchemaOf } from "./dialects.ts";
import { compareExactly, divideExactly } from "./exact-keywords.ts";
import { isPattern, PatternTimeout, schemaPattern } from "./linear-pattern.ts";
import { hasDoublesOnly, NumberViews } from "./number-views.ts";

/** The first rule that a value violates. */
export interface SchemaViolation {
  readonly path: readonly (string | number)[];
  /** The rule within the schema, such as `#/properties/id/type`. */
  readonly rule: string;
  /** What the rule demands, such as `must be integer`. */
  readonly demand: string;
}

/** A schema that others refer to by its name, a relative or absolute URI reference. */
export interface NamedSchema {
  readonly name: string;
  readonly schema: unknown;
}

/** Where schemas without an address of their own are, so that relative references have a base (RFC 3986, 5.1.4). */
const NOWHERE = "registry:///";
/** The library's pattern for these is quadratic in the length of the text. */
const MAX_URL_LENGTH = 2048;

/** Not strict, because schemas often have unknown keywords and formats. */
const OPTIONS: Options = {
  strict: false,
  logger: false,
  code: { regExp: Object.assign((pattern: string) => schemaPattern(pattern), { code: "new RegExp" }) },
};

/**
 * Compiles a JSON Schema of any draft from 4 on (`fallback`: the draft of a schema that names none), with the schemas that it refers to by
 * RFC 3986. The check returns the first violation. Numbers are compared as they are written, in schemas as in values, with all digits.
 * Throws `Error` with the reason for a schema that cannot be used.
 */
export function compileJsonSchema(
  schema: unknown,
  references: readonly NamedSchema[],
  fallback: Dialect,
): (value: unknown) => SchemaViolation | undefined {
  const views = new NumberViews();
  const validator = (exact: boolean): Validator => {
    const validate = compile(schema, references, fallback, views, exact);
    return (value) => {
      const holder = exact ? (views.of({ value }) as { value: unknown }) : { value };
      return violationOf(validate, holder);
    };
  };
  if (![schema, ...references.map((reference) => reference.schema)].every(hasDoublesOnly)) return validator(true);
  // The library's own comparisons are exact, and faster, where all numbers are doubles; few values need the others.
  const ofDoubles = validator(false);
  let exact: Validator | undefined;
  return (value) => {
    if (hasDoublesOnly(value)) return ofDoubles(value);
    exact ??= validator(true);
    return exact(value);
  };
}

type Validator = (value: unknown) => SchemaViolation | undefined;

function compile(
  schema: unknown,
  references: readonly NamedSchema[],
  fallback: Dialect,
  views: NumberViews,
  exact: boolean,
): ValidateFunction {
  const dialect = dialectOf(schema, fallback);
  const others = references.map((reference) => ({ ...reference, dialect: dialectOf(reference.schema, dialect) }));
  const ajv = createAjv(new Set([dialect, ...others.map((other) => other.dialect)]), OPTIONS);
  addFormats(ajv);
  divideExactly(ajv, views);
  if (exact) compareExactly(ajv, views, dialect);
  const root = located(schema, dialect, NOWHERE, views);
  const known = new Set<string>();
  const found = others.map(({ name, schema: referred, dialect: of }) => ({
    name,
    ...located(referred, of, resolve(root.base, name), views),
  }));
  const bases = [root.base, ...found.map(({ base }) => base)];
  // A name is relative to the schema that refers by it, and which that is, registries do not tell.
  for (const { name, schema: referred, base } of found) {
    for (const key of new Set([base, ...bases.map((from) => resolve(from, name))])) {
      if (!known.has(key)) ajv.addSchema(referred, key);
      known.add(key);
    }
  }
  return ajv.compile(root.schema);
}

function resolve(base: string, reference: string): string {
  const { default: uri } = createRequire(import.meta.url)("ajv/dist/runtime/uri.js") as {
    default: { resolve(base: string, reference: string): string };
  };
  return uri.resolve(base, reference).replace(/#$/, "");
}

/** A view of the schema under its absolute identifier, and with the usual spelling of its dialect. `at`: where it was found. */
function located(schema: unknown, dialect: Dialect, at: string, views: NumberViews): { schema: object; base: string } {
  if (typeof schema === "boolean") return { schema: { allOf: [schema] }, base: at };
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) throw new Error("it must be an object");
  const key = identifierOf(dialect);
  const own = (schema as Readonly<Record<string, unknown>>)[key];
  const base = typeof own === "string" && !own.startsWith("#") ? resolve(at, own) : at;
  const view = { ...(views.of(schema) as object), $schema: metaSchemaOf(dialect), [key]: base };
  views.add(view, schema);
  return { schema: view, base };
}

function addFormats(ajv: Ajv): void {
  const require = createRequire(import.meta.url);
  const { default: add } = require("ajv-formats") as { default: (ajv: Ajv) => void };
  add(ajv);
  const { fullFormats } = require("ajv-formats/dist/formats.js") as { fullFormats: { url: RegExp } };
  ajv.addFormat("url", (text: string) => text.length <= MAX_URL_LENGTH && fullFormats.url.test(text));
  ajv.addFormat("regex", (text: string) => isPattern(text));
}

function violationOf(validate: ValidateFunction, holder: { readonly value: unknown }): SchemaViolation | undefined {
  const { value } = holder;
  const place = { instancePath: "", parentData: holder, parentDataProperty: "value", rootData: {}, dynamicAnchors: {} };
  try {
    if (validate(value, place)) return undefined;
  } catch (error) {
    if (error instanceof PatternTimeout) return { path: [], rule: "pattern", demand: error.message };
    throw error;
  }
  const error = validate.errors?.[0];
  if (error === undefined) return { path: [], rule: "#", demand: "must be valid" };
  return { path: pathOf(error), rule: error.schemaPath, demand: demandOf(error) };
}

function pathOf({ instancePath }: ErrorObject): readonly (string | number)[] {
  return instancePath
    .split("/")
    .slice(1)
    .map((step) => (/^\d{1,9}$/.test(step) ? Number(step) : step.replaceAll("~1", "/").replaceAll("~0", "~")));
}

function demandOf({ keyword, message = "must be valid", params }: ErrorObject): string {
  const { additionalProperty, unevaluatedProperty, propertyName, allowedValues } = params as Record<string, unknown>;
  const name = additionalProperty ?? unevaluatedProperty ?? propertyName;
  if (name !== undefined) return `${message}: ${JSON.stringify(name)}`;
  return keyword === "enum" ? `${message}: ${stringifyJson(allowedValues)}` : message;
}
