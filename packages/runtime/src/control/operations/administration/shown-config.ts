import { maskMarked, SECRET_MASK } from "@iggy-connectors/sdk/internal";
import { maskTransforms } from "@iggy-connectors/transforms";
import { isTable, setKey, type Table } from "../../../shared/key-path.ts";
import { SCHEMA_KEY } from "../../../shared/schema-tree/unknown-keys.ts";
import type { PluginDescription } from "../../../shared/task/task-messages.ts";
import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import { type ConnectorDefinition, withOverrides } from "../../config/connector-files/definition.ts";
import { connectorFileTree } from "../../config/connector-files/schema.ts";

/** A plugin without a description may have a secret in any setting. */
const UNKNOWN_PLUGIN = { type: "object", properties: {} };

const STREAM_KEYS: Readonly<Record<ConnectorType, readonly string[]>> = {
  sink: [
    "stream",
    "topics",
    "schema",
    "avro_schema_json",
    "avro_schema_path",
    "batch_length",
    "poll_interval",
    "consumer_group",
  ],
  source: ["stream", "topic", "schema", "avro_schema_json", "avro_schema_path", "batch_length", "linger_time"],
};

/** Decides which values are masked. */
export interface Masking {
  /** Its schema marks secrets; without it every setting is masked. */
  readonly plugin: PluginDescription | undefined;
  /** Masks the known secrets in a text. */
  readonly redact: (text: string) => string;
}

/**
 * A configuration as the API shows it: the original's fields first, unset ones as null, then all other
 * keys that are written. Placeholders are not replaced; whatever is, or may be, a secret is masked.
 */
export function shownConfig(definition: ConnectorDefinition, active: boolean, masking: Masking) {
  const {
    [SCHEMA_KEY]: _schema,
    type: _type,
    version: _version,
    key,
    enabled,
    name,
    path,
    streams,
    transforms,
    plugin_config_format,
    plugin_config,
    verbose,
    benchmark,
    ...ours
  } = masked(definition, masking);
  return {
    // A file without a key is not read as a connector.
    key: key as string,
    enabled,
    version: definition.version ?? null,
    name,
    path,
    transforms: maskTransforms(transforms) ?? null,
    streams: Array.isArray(streams) ? streams.map((stream) => shownStream(definition.type, stream)) : [],
    plugin_config_format: plugin_config_format ?? null,
    plugin_config: plugin_config ?? null,
    verbose: verbose ?? false,
    benchmark: benchmark ?? false,
    ...ours,
    active,
  };
}

/** The plugin's settings with secrets masked; `undefined`: there are no settings. */
export function shownPluginConfig(definition: ConnectorDefinition, masking: Masking): unknown {
  return masked(definition, masking).plugin_config ?? undefined;
}

/** The transforms in their order, each with its type and its settings, including disabled ones. */
export function shownTransforms(
  { document }: ConnectorDefinition,
  { redact }: Pick<Masking, "redact">,
): { readonly type: string; readonly config: unknown }[] {
  const transforms = withoutSecrets(maskTransforms(document.written.transforms), redact);
  if (Array.isArray(transforms)) {
    return transforms.filter(isTable).map(({ type, ...config }) => ({ type: String(type), config }));
  }
  if (!isTable(transforms)) return [];
  return Object.entries(transforms).map(([type, config]) => ({ type, config }));
}

function masked(definition: ConnectorDefinition, { plugin, redact }: Masking): Table {
  return withoutSecrets(markedMasked(definition, plugin), redact) as Table;
}

/** A text that contains a secret, such as an address with a password, is masked as a whole: a part of it could not be sent back. */
function withoutSecrets(value: unknown, redact: Masking["redact"]): unknown {
  if (typeof value === "string") return redact(value) === value ? value : SECRET_MASK;
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, redact));
  if (!isTable(value)) return value;
  const shown: Table = {};
  for (const [key, member] of Object.entries(value)) setKey(shown, key, withoutSecrets(member, redact));
  return shown;
}

function markedMasked({ type, document }: ConnectorDefinition, plugin: PluginDescription | undefined): Table {
  const { plugin_config, ...file } = withOverrides(document, SECRET_MASK);
  const shown = maskMarked(connectorFileTree(type), file) as Table;
  if (SCHEMA_KEY in file) shown[SCHEMA_KEY] = file[SCHEMA_KEY];
  if (plugin_config === undefined || plugin_config === null) return shown;
  const schema = isTable(plugin?.configSchema) ? plugin.configSchema : UNKNOWN_PLUGIN;
  return { ...shown, plugin_config: maskMarked(schema, plugin_config) };
}

function shownStream(type: ConnectorType, stream: unknown): unknown {
  if (!isTable(stream)) return stream;
  const original = STREAM_KEYS[type].map((key) => [key, stream[key] ?? null] as const);
  return { ...Object.fromEntries(original), ...stream };
}
