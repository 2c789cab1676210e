import { z } from "zod";

/** A node of the JSON Schema of a configuration file: what editors, the environment and the checks all read. */
export type SchemaNode = Readonly<Record<string, unknown>>;

/** The JSON Schema of what one writes (defaults not yet filled in). */
export function schemaTree(schema: z.ZodType): SchemaNode {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as SchemaNode;
}

/** The keys of a table that the schema knows by name; `undefined`: not a table, or one with free keys. */
export function propertiesOf(node: SchemaNode): Readonly<Record<string, SchemaNode>> | undefined {
  const properties = node.properties;
  return typeof properties === "object" && properties !== null
    ? (properties as Readonly<Record<string, SchemaNode>>)
    : undefined;
}

export function itemOf(node: SchemaNode): SchemaNode | undefined {
  const items = node.items;
  return typeof items === "object" && items !== null ? (items as SchemaNode) : undefined;
}

/** The node of a member: by name, else that of free keys. */
export function memberOf(node: SchemaNode, segment: string | number): SchemaNode | undefined {
  if (typeof segment === "number") return itemOf(node);
  const properties = propertiesOf(node);
  if (properties !== undefined && Object.hasOwn(properties, segment)) return properties[segment];
  const free = node.additionalProperties;
  return typeof free === "object" && free !== null ? (free as SchemaNode) : undefined;
}

/** JSON types that the node accepts; empty: any. */
export function typesOf(node: SchemaNode): ReadonlySet<string> {
  const types = new Set<string>();
  const collect = (one: SchemaNode): void => {
    const type = one.type;
    if (typeof type === "string") types.add(type);
    else if (Array.isArray(type)) for (const each of type) types.add(String(each));
    for (const keyword of ["anyOf", "oneOf"]) {
      const alternatives = one[keyword];
      if (Array.isArray(alternatives)) for (const alternative of alternatives) collect(alternative as SchemaNode);
    }
  };
  collect(node);
  return types;
}

export function isSecret(node: SchemaNode): boolean {
  return node.secret === true;
}
