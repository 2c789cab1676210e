import type { ConfigSchema } from "../contract/schema.ts";
import { setMember } from "../json/json-object.ts";

/** Replaces a secret wherever a configuration is shown. */
export const SECRET_MASK = "******";

type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * A copy of a configuration that may be shown: the value of every key that the schema marks with `secret: true` is replaced by
 * `******`. A key that the schema does not know is masked too, since it may be a misspelt secret.
 */
export function maskSecrets(schema: ConfigSchema, value: unknown): unknown {
  return maskMarked(schema["~standard"].jsonSchema.input({ target: "draft-2020-12" }), value);
}

/** As `maskSecrets`, by the JSON Schema that a plugin's description carries. */
export function maskMarked(root: JsonSchema, value: unknown): unknown {
  return mask([root], value, root);
}

/**
 * The strings in a configuration that its JSON Schema marks as secret, and those below unknown keys whose names sound like
 * secrets.
 */
export function markedSecrets(root: JsonSchema, value: unknown): string[] {
  const found: string[] = [];
  collect([root], value, root, found);
  return found;
}

const SECRET_NAME = /(password|passphrase|secret|token|api[_-]?key|authorization|credential)/i;

function collect(nodes: readonly JsonSchema[], value: unknown, root: JsonSchema, found: string[]): void {
  const alternatives = expand(nodes, root);
  if (alternatives.some((node) => node.secret === true)) found.push(...textsIn(value));
  else if (Array.isArray(value)) {
    value.forEach((item, index) => {
      collect(itemSchemas(alternatives, index), item, root, found);
    });
  } else if (typeof value === "object" && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      const schemas = memberSchemas(alternatives, key);
      if (schemas !== undefined) collect(schemas, member, root, found);
      else if (SECRET_NAME.test(key)) found.push(...textsIn(member));
    }
  }
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** `nodes` are all schemas that apply to this value: what one of them marks as secret is secret. */
function mask(nodes: readonly JsonSchema[], value: unknown, root: JsonSchema): unknown {
  if (value === undefined || value === null) return value;
  const alternatives = expand(nodes, root);
  if (alternatives.some((node) => node.secret === true)) return SECRET_MASK;
  if (Array.isArray(value)) {
    return value.map((item, index) => mask(itemSchemas(alternatives, index), item, root));
  }
  if (typeof value !== "object") return value;
  const masked: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    const schemas = memberSchemas(alternatives, key);
    const shown = schemas === undefined ? SECRET_MASK : mask(schemas, member, root);
    setMember(masked, key, shown);
  }
  return masked;
}

/** The nodes with their references and compositions resolved; each node once, so that recursive schemas terminate. */
function expand(nodes: readonly JsonSchema[], root: JsonSchema): readonly JsonSchema[] {
  const expanded = new Set<JsonSchema>();
  const open = [...nodes];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (expanded.has(node)) continue;
    expanded.add(node);
    for (const keyword of ["anyOf", "oneOf", "allOf"]) open.push(...schemasOf(node[keyword]));
    const target = typeof node.$ref === "string" ? resolve(node.$ref, root) : undefined;
    if (target !== undefined) open.push(target);
  }
  return [...expanded];
}

function resolve(reference: string, root: JsonSchema): JsonSchema | undefined {
  if (!reference.startsWith("#")) return undefined;
  let node: unknown = root;
  for (const segment of reference.slice(1).split("/").filter(Boolean)) {
    const key = decodeURIComponent(segment).replaceAll("~1", "/").replaceAll("~0", "~");
    node = isSchema(node) ? node[key] : undefined;
  }
  return isSchema(node) ? node : undefined;
}

function itemSchemas(nodes: readonly JsonSchema[], index: number): readonly JsonSchema[] {
  return nodes.flatMap((node) => {
    const tuple = schemasOf(node.prefixItems);
    const item = index < tuple.length ? tuple[index] : node.items;
    return isSchema(item) ? [item] : [];
  });
}

/** `undefined`: the schema describes the members of this object, and this is not one of them. */
function memberSchemas(nodes: readonly JsonSchema[], key: string): readonly JsonSchema[] | undefined {
  const found: JsonSchema[] = [];
  let described = false;
  let known = false;
  for (const node of nodes) {
    const properties = node.properties;
    const additional = node.additionalProperties;
    if (isSchema(properties)) {
      described = true;
      const own = Object.hasOwn(properties, key) ? properties[key] : undefined;
      if (own !== undefined) {
        known = true;
        if (isSchema(own)) found.push(own);
        continue;
      }
    }
    const patterns = isSchema(node.patternProperties) ? Object.entries(node.patternProperties) : [];
    const matching = patterns.filter(([pattern]) => new RegExp(pattern, "u").test(key)).map(([, schema]) => schema);
    if (matching.length > 0) {
      known = true;
      found.push(...matching.filter(isSchema));
    } else if (additional === true || isSchema(additional)) {
      known = true;
      if (isSchema(additional)) found.push(additional);
    }
  }
  return described && !known ? undefined : found;
}

function schemasOf(value: unknown): readonly JsonSchema[] {
  return Array.isArray(value) ? value.filter(isSchema) : [];
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
