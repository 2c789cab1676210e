/** A node of the JSON Schema of a configuration file: editors, environment variables and validation use it. */
export type SchemaNode = Readonly<Record<string, unknown>>;

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

/** The node of a member: by name, else that of free keys, else that of an alternative. */
export function memberOf(node: SchemaNode, segment: string | number): SchemaNode | undefined {
  const own = typeof segment === "number" ? itemOf(node) : namedMember(node, segment);
  if (own !== undefined) return own;
  for (const alternative of alternativesOf(node)) {
    const member = memberOf(alternative, segment);
    if (member !== undefined) return member;
  }
  return undefined;
}

function namedMember(node: SchemaNode, name: string): SchemaNode | undefined {
  const properties = propertiesOf(node);
  if (properties !== undefined && Object.hasOwn(properties, name)) return properties[name];
  const free = node.additionalProperties;
  return typeof free === "object" && free !== null ? (free as SchemaNode) : undefined;
}

function alternativesOf(node: SchemaNode): readonly SchemaNode[] {
  return ["anyOf", "oneOf", "allOf"].flatMap((keyword) => {
    const alternatives = node[keyword];
    return Array.isArray(alternatives) ? (alternatives as SchemaNode[]) : [];
  });
}

/** JSON types that the node accepts; empty: any. */
export function typesOf(node: SchemaNode): ReadonlySet<string> {
  const types = new Set<string>();
  const collect = (one: SchemaNode): void => {
    const type = one.type;
    if (typeof type === "string") types.add(type);
    else if (Array.isArray(type)) for (const each of type) types.add(String(each));
    for (const alternative of alternativesOf(one)) collect(alternative);
  };
  collect(node);
  return types;
}

export function isSecret(node: SchemaNode): boolean {
  return node.secret === true;
}
