import { hash } from "node:crypto";
import { transformsJsonSchema } from "@iggy-connectors/transforms/definitions";
import { isTable, type Table } from "../../../shared/key-path.ts";
import { propertiesOf, type SchemaNode, typesOf } from "../../../shared/schema-tree/schema-tree.ts";
import { SCHEMA_KEY } from "../../../shared/schema-tree/unknown-keys.ts";
import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import { connectorFileTree } from "../connector-files/schema.ts";
import { runtimeFileTree } from "../runtime-file/schema.ts";

const DIALECT = "https://json-schema.org/draft/2020-12/schema";

/** A plugin whose settings are part of a schema. */
export interface DescribedPlugin {
  readonly name: string;
  readonly configSchema: unknown;
}

/** For the runtime's file. Editors find it by `$schema` (JSON, YAML) and `#:schema` (TOML). */
export function runtimeJsonSchema(): Table {
  return document("Iggy Connectors: runtime", fileSchema(runtimeFileTree));
}

/** For connector files of one type: which keys `plugin_config` has depends on `path`. */
export function connectorJsonSchema(type: ConnectorType, plugins: readonly DescribedPlugin[]): Table {
  const file = fileSchema(treeOf(type));
  const definitions = Object.fromEntries(plugins.map(({ name, configSchema }) => [name, pluginSchema(configSchema)]));
  const choices = plugins.map(({ name }) => ({
    if: { properties: { path: pathOf(type, name) }, required: ["path"] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; schemas are not awaited
    then: { properties: { plugin_config: { $ref: `#/$defs/${name}` } } },
  }));
  return document(`Iggy Connectors: ${type}`, { ...file, allOf: choices, $defs: definitions });
}

/** For the files of one plugin. */
export function pluginJsonSchema(type: ConnectorType, { name, configSchema }: DescribedPlugin): Table {
  const file = fileSchema(treeOf(type));
  const properties = {
    ...propertiesOf(file),
    path: { ...propertiesOf(file)?.path, ...pathOf(type, name) },
    plugin_config: { $ref: `#/$defs/${name}` },
  };
  return document(`Iggy Connectors: ${type} ${name}`, {
    ...file,
    properties,
    $defs: { [name]: pluginSchema(configSchema) },
  });
}

/** `transforms` is validated when it is compiled; the schema of its values is added here. */
function treeOf(type: ConnectorType): SchemaNode {
  const tree = connectorFileTree(type);
  const { transforms, ...properties } = propertiesOf(tree as Table) ?? {};
  return {
    ...tree,
    properties: { ...properties, transforms: { ...transforms, ...transformsJsonSchema() } },
  } as SchemaNode;
}

/** The spellings of the path of one of our connectors: its name, its package, the original's library. */
function pathOf(type: ConnectorType, name: string): Table {
  const words = name.replaceAll("-", "[-_]");
  return {
    anyOf: [
      { enum: [name, `@iggy-connectors/${type}-${name}`] },
      { pattern: `(^|[\\\\/])(lib)?iggy_connector_${words}_${type}(\\.(so|dylib|dll))?$` },
    ],
  };
}

function document(title: string, { $schema: _dialect, ...schema }: Table): Table {
  return { $schema: DIALECT, title, ...schema };
}

/** The schema of a file as it is written: unknown keys are errors, `$schema` is allowed, and a placeholder may replace any value. */
function fileSchema(tree: SchemaNode): Table {
  const { $schema: _dialect, ...schema } = editable(tree) as Table;
  return { ...schema, properties: { [SCHEMA_KEY]: { type: "string" }, ...propertiesOf(schema) } };
}

/** A schema with references gets its own base, so that they stay valid below `$defs`. */
function pluginSchema(configSchema: unknown): unknown {
  if (!isTable(configSchema)) return {};
  const { $schema: _dialect, ...schema } = configSchema;
  const references = JSON.stringify(schema).includes('"#');
  return references
    ? { $id: `urn:iggy-connectors:${hash("sha256", JSON.stringify(schema)).slice(0, 16)}`, ...schema }
    : editable(schema);
}

function editable(node: unknown): unknown {
  if (!isTable(node)) return node;
  const properties = propertiesOf(node);
  if (properties !== undefined) {
    const offered = Object.entries(properties).filter(([, member]) => !isReserved(member));
    const members = offered.map(([key, member]) => [key, editable(member)]);
    return { additionalProperties: false, ...node, properties: Object.fromEntries(members) };
  }
  if (isTable(node.items)) return { ...node, items: editable(node.items) };
  const types = typesOf(node);
  const takesText = types.size === 0 || (types.has("string") && node.enum === undefined && node.const === undefined);
  if (takesText || node.const !== undefined || !isScalar(types)) return node;
  const { description, default: preset, ...rest } = node;
  return {
    ...(description === undefined ? {} : { description }),
    ...(preset === undefined ? {} : { default: preset }),
    anyOf: [rest, { type: "string", pattern: "\\$\\{.+\\}" }],
  };
}

/** Whether there is nothing to set: the key, or each key of the table, is only there to be refused. */
function isReserved(node: unknown): boolean {
  if (!isTable(node)) return false;
  const members = Object.values(propertiesOf(node) ?? {});
  return node.unsupported === true || (members.length > 0 && members.every(isReserved));
}

function isScalar(types: ReadonlySet<string>): boolean {
  return [...types].every((type) => ["string", "number", "integer", "boolean"].includes(type));
}
