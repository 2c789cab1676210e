import { hash } from "node:crypto";
import { transformsJsonSchema } from "@iggy-connectors/transforms/definitions";
import { isTable, type Table } from "../../../shared/key-path.ts";
import { propertiesOf, type SchemaNode, typesOf } from "../../../shared/schema-tree/schema-tree.ts";
import { SCHEMA_KEY } from "../../../shared/schema-tree/unknown-keys.ts";
import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import { sinkFileTree, sourceFileTree } from "../connector-files/schema.ts";
import { runtimeFileTree } from "../runtime-file/schema.ts";

const DIALECT = "https://json-schema.org/draft/2020-12/schema";

/** A plugin as a schema of files needs it. */
export interface DescribedPlugin {
  readonly name: string;
  readonly configSchema: unknown;
}

/** For the runtime's file. Editors take it by `$schema` (JSON, YAML) and `#:schema` (TOML). */
export function runtimeJsonSchema(): Table {
  return document("Iggy Connectors: runtime", fileSchema(runtimeFileTree));
}

/** For connector files of one type: which keys `plugin_config` has depends on `path`. */
export function connectorJsonSchema(type: ConnectorType, plugins: readonly DescribedPlugin[]): Table {
  const file = fileSchema(treeOf(type));
  const definitions = Object.fromEntries(plugins.map(({ name, configSchema }) => [name, pluginSchema(configSchema)]));
  const choices = plugins.map(({ name }) => ({
    if: { properties: { path: pathOf(type, name) }, required: ["path"] },
    // biome-ignore lint/suspicious/noThenProperty: JSON Schema's word; nobody awaits a schema
    then: { properties: { plugin_config: { $ref: `#/$defs/${name}` } } },
  }));
  return document(`Iggy Connectors: ${type}`, { ...file, allOf: choices, $defs: definitions });
}

/** For files of one connector. */
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

/** `transforms` is checked by whoever compiles it; here is what one may write there. */
function treeOf(type: ConnectorType): SchemaNode {
  const tree = type === "sink" ? sinkFileTree : sourceFileTree;
  const { transforms, ...properties } = propertiesOf(tree as Table) ?? {};
  return {
    ...tree,
    properties: { ...properties, transforms: { ...transforms, ...transformsJsonSchema() } },
  } as SchemaNode;
}

/** The ways to write the path of a connector of ours: its name, its package, the original's library. */
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

/** What one may write: a key that nobody knows is a mistake, `$schema` is none, a placeholder stands for any value. */
function fileSchema(tree: SchemaNode): Table {
  const { $schema: _dialect, ...schema } = editable(tree) as Table;
  return { ...schema, properties: { [SCHEMA_KEY]: { type: "string" }, ...propertiesOf(schema) } };
}

/** Own references stay valid where the schema is put below `$defs`, because they get their own base. */
function pluginSchema(configSchema: unknown): unknown {
  if (!isTable(configSchema)) return {};
  const { $schema: _dialect, ...schema } = configSchema;
  const references = JSON.stringify(schema).includes('"#');
  // A base of its own: references inside mean this schema, not the file's.
  return references
    ? { $id: `urn:iggy-connectors:${hash("sha256", JSON.stringify(schema)).slice(0, 16)}`, ...schema }
    : editable(schema);
}

function editable(node: unknown): unknown {
  if (!isTable(node)) return node;
  const properties = propertiesOf(node);
  if (properties !== undefined) {
    const members = Object.entries(properties).map(([key, member]) => [key, editable(member)]);
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

function isScalar(types: ReadonlySet<string>): boolean {
  return [...types].every((type) => ["string", "number", "integer", "boolean"].includes(type));
}
