import type { JsonValue } from "@iggy-connectors/sdk";
import { isJsonObject } from "@iggy-connectors/sdk/internal";
import type { AvroField, AvroLogical, AvroPrimitive, AvroRecord, AvroType } from "./model.ts";

const PRIMITIVES: ReadonlySet<string> = new Set([
  "null",
  "boolean",
  "int",
  "long",
  "float",
  "double",
  "bytes",
  "string",
]);
const MAX_PRECISION = 10_000;

type Attributes = Readonly<Record<string, unknown>>;

/** Builds the types of a valid schema. `names` contains the named types so far; new ones are added. */
export function buildType(schema: JsonValue | unknown, namespace: string, names: Map<string, AvroType>): AvroType {
  if (typeof schema === "string") return referenced(schema, namespace, names);
  if (Array.isArray(schema)) {
    return { kind: "union", branches: schema.map((branch) => buildType(branch, namespace, names)) };
  }
  if (!isJsonObject(schema)) throw new Error("a type is not a name, an object or an array");
  const { type } = schema;
  if (typeof type !== "string") return buildType(type, namespace, names);
  if (PRIMITIVES.has(type)) {
    const kind = type as AvroPrimitive["kind"];
    return { kind, logical: logicalOf(schema, kind, 0) };
  }
  switch (type) {
    case "array":
      return { kind: "array", items: buildType(schema.items, namespace, names) };
    case "map":
      return { kind: "map", values: buildType(schema.values, namespace, names) };
    case "record":
    case "error":
    case "enum":
    case "fixed":
      return buildNamed(type, schema, namespace, names);
    default:
      return referenced(type, namespace, names);
  }
}

function buildNamed(kind: string, schema: Attributes, outer: string, names: Map<string, AvroType>): AvroType {
  const { name, namespace } = qualified(String(schema.name), schema.namespace, outer);
  const aliases = textsOf(schema.aliases).map((alias) => qualified(alias, undefined, namespace).name);
  if (kind === "enum") {
    const fallback = typeof schema.default === "string" ? schema.default : undefined;
    return register(names, { kind, name, aliases, symbols: textsOf(schema.symbols), fallback });
  }
  if (kind === "fixed") {
    const size = Number(schema.size);
    return register(names, { kind, name, aliases, size, logical: logicalOf(schema, kind, size) });
  }
  const record: AvroRecord = { kind: "record", name, aliases, fields: [] };
  register(names, record);
  for (const field of schema.fields as readonly Attributes[]) {
    const built: AvroField = {
      name: String(field.name),
      aliases: textsOf(field.aliases),
      type: buildType(field.type, namespace, names),
      ...(field.default === undefined ? {} : { default: { value: field.default } }),
    };
    record.fields.push(built);
  }
  return record;
}

function register<Type extends AvroType & { readonly name: string }>(names: Map<string, AvroType>, type: Type): Type {
  names.set(type.name, type);
  return type;
}

function referenced(name: string, namespace: string, names: ReadonlyMap<string, AvroType>): AvroType {
  if (PRIMITIVES.has(name)) return { kind: name as AvroPrimitive["kind"] };
  const found = names.get(qualified(name, undefined, namespace).name) ?? names.get(name);
  if (found === undefined) throw new Error(`the type ${JSON.stringify(name)} is not defined`);
  return found;
}

/** A full name, and the namespace of the names within. */
function qualified(name: string, own: unknown, outer: string): { name: string; namespace: string } {
  const dot = name.lastIndexOf(".");
  if (dot !== -1) return { name, namespace: name.slice(0, dot) };
  const namespace = typeof own === "string" ? own : outer;
  return { name: namespace === "" ? name : `${namespace}.${name}`, namespace };
}

/** A logical type that does not fit its underlying type is ignored, as the specification requires. */
function logicalOf(schema: Attributes, kind: AvroPrimitive["kind"] | "fixed", size: number): AvroLogical | undefined {
  const { logicalType } = schema;
  switch (`${kind}:${String(logicalType)}`) {
    case "bytes:decimal":
    case "fixed:decimal":
      return decimalOf(schema);
    case "string:uuid":
      return { name: "uuid" };
    case "fixed:uuid":
      return size === 16 ? { name: "uuid" } : undefined;
    case "fixed:duration":
      return size === 12 ? { name: "duration" } : undefined;
    case "int:date":
      return { name: "date" };
    case "int:time-millis":
      return { name: "time", digits: 3 };
    case "long:time-micros":
      return { name: "time", digits: 6 };
  }
  if (kind !== "long" || typeof logicalType !== "string") return undefined;
  const match = /^(timestamp|local-timestamp)-(millis|micros|nanos)$/.exec(logicalType);
  if (match === null) return undefined;
  const digits = match[2] === "millis" ? 3 : match[2] === "micros" ? 6 : 9;
  return { name: match[1] as "timestamp" | "local-timestamp", digits };
}

function decimalOf({ precision, scale = 0 }: Attributes): AvroLogical | undefined {
  const fits =
    Number.isInteger(precision) &&
    Number.isInteger(scale) &&
    (precision as number) > 0 &&
    (precision as number) <= MAX_PRECISION &&
    (scale as number) >= 0 &&
    (scale as number) <= (precision as number);
  return fits ? { name: "decimal", precision: precision as number, scale: scale as number } : undefined;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
