/** A JSON Schema as the configuration libraries generate it, as far as pages show it. */
export interface SchemaNode {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly example?: unknown;
  readonly secret?: boolean;
  readonly unit?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly prefixItems?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
}

/** A table of all keys of a settings object, nested keys with their path, in the order of the schema. */
export function settingsTable(schema: SchemaNode): string {
  const rows = rowsOf(schema, "");
  if (rows.length === 0) return "No keys of its own.\n";
  return [
    "| Key | Type | Default | Meaning |",
    "| --- | --- | --- | --- |",
    ...rows.map((cells) => `| ${cells.map(cell).join(" | ")} |`),
    "",
  ].join("\n");
}

function rowsOf(schema: SchemaNode, prefix: string): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, node]) => {
    const key = prefix + name;
    const required = schema.required?.includes(name) === true && node.default === undefined;
    const row = [code(key), typeOf(node), required ? "required" : defaultOf(node), meaningOf(node)];
    return [row, ...nested(node, key)];
  });
}

function nested(node: SchemaNode, key: string): string[][] {
  if (node.items?.properties !== undefined) return rowsOf(node.items, `${key}[].`);
  const alternatives = (node.oneOf ?? node.anyOf ?? []).filter(({ properties }) => properties !== undefined);
  if (alternatives.length > 0) return alternativeRows(alternatives, `${key}.`);
  return node.properties === undefined ? [] : rowsOf(node, `${key}.`);
}

/** Keys of alternative tables that a constant distinguishes, such as `type`: each row names the constant. */
function alternativeRows(alternatives: readonly SchemaNode[], prefix: string): string[][] {
  return alternatives.flatMap((node) => {
    const constants = Object.entries(node.properties ?? {}).filter(([, member]) => member.const !== undefined);
    const own = Object.fromEntries(
      Object.entries(node.properties ?? {}).filter(([, member]) => member.const === undefined),
    );
    const where = constants.map(([name, member]) => `${prefix}${name} = ${tomlValue(member.const)}`).join(", ");
    return rowsOf({ ...node, properties: own }, prefix).map(([key = "", type = "", value = "", meaning = ""]) => [
      key,
      type,
      value,
      where === "" ? meaning : `With ${code(where)}: ${meaning}`,
    ]);
  });
}

function meaningOf({ description = "", example, secret }: SchemaNode): string {
  const marks = [
    ...(secret === true ? ["Secret."] : []),
    ...(example === undefined ? [] : [`Example: ${code(tomlValue(example))}`]),
  ];
  return [description, ...marks].reduce((text, part) =>
    text === "" || part === "" ? text + part : `${text}${text.endsWith(".") ? "" : "."} ${part}`,
  );
}

function defaultOf({ default: value }: SchemaNode): string {
  if (value === undefined || (typeof value === "object" && value !== null && Object.keys(value).length === 0))
    return "–";
  return code(tomlValue(value));
}

/** Types of the SDK that are strings or numbers in JSON Schema. */
const UNITS: Readonly<Record<string, string>> = { duration: "duration", bytes: "size" };

function typeOf(node: SchemaNode): string {
  const unit = UNITS[node.unit ?? ""];
  if (unit !== undefined) return unit;
  if (node.enum !== undefined) return node.enum.map((value) => code(tomlValue(value))).join(", ");
  if (node.const !== undefined) return code(tomlValue(node.const));
  const choices = node.anyOf ?? node.oneOf;
  if (choices !== undefined)
    return [...new Set(choices.filter(({ type }) => type !== "null").map(typeOf))].join(" or ");
  switch (Array.isArray(node.type) ? node.type[0] : node.type) {
    case "string":
      return "text";
    case "boolean":
      return "true or false";
    case "integer":
      return "whole number";
    case "number":
      return "number";
    case "array":
      if (node.prefixItems !== undefined) return `list of ${node.prefixItems.length}`;
      return node.items?.properties === undefined ? `list of ${plural(typeOf(node.items ?? {}))}` : "list of tables";
    case "object": {
      const keys = Object.keys(node.properties ?? {});
      const values = node.additionalProperties;
      if (keys.length > 0) return keys.length === 1 ? `{ ${keys[0]} = … }` : "table";
      return typeof values === "object" && Object.keys(values).length > 0
        ? `table of ${plural(typeOf(values))}`
        : "table";
    }
    default:
      return "any";
  }
}

function plural(type: string): string {
  const plurals: Readonly<Record<string, string>> = {
    text: "texts",
    number: "numbers",
    "whole number": "whole numbers",
  };
  return plurals[type] ?? type;
}

/** A value as TOML, on one line. */
export function tomlValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(tomlValue).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).map(([key, member]) => `${tomlKey(key)} = ${tomlValue(member)}`);
    return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
  }
  if (typeof value === "string")
    return value.includes("\\") && !value.includes("'") ? `'${value}'` : JSON.stringify(value);
  return String(value);
}

export function tomlKey(key: string): string {
  if (/^[A-Za-z0-9_-]+$/.test(key)) return key;
  return key.includes("\\") ? `'${key}'` : JSON.stringify(key);
}

function code(text: string): string {
  return text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
