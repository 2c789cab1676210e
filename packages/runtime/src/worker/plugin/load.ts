import { fileURLToPath } from "node:url";
import type { CodecKeys } from "@iggy-connectors/codecs";

import {
  type Delivery,
  FatalError,
  type Schema,
  type SinkDefinition,
  type SourceDefinition,
} from "@iggy-connectors/sdk";
import { describeIssues, formatIssues } from "@iggy-connectors/sdk/internal";
import type { Table } from "../../shared/key-path.ts";

import type { SchemaNode } from "../../shared/schema-tree/schema-tree.ts";
import { unknownKeys } from "../../shared/schema-tree/unknown-keys.ts";
import type { PluginDescription } from "../../shared/task/task-messages.ts";
import type { PluginLocation, TaskSpec } from "../../shared/task/task-spec.ts";
import { typeEnvironmentText } from "./environment-text.ts";
import { moduleError } from "./module-error.ts";
import { installResolveHook } from "./resolve-hook.ts";

/** A plugin's definition with its configuration as its schema parsed it: defaults applied, types coerced. */
export type LoadedPlugin = LoadedSink | LoadedSource;

export interface LoadedSink {
  readonly type: "sink";
  readonly definition: SinkDefinition;
  readonly config: unknown;
  readonly description: PluginDescription;
}

export interface LoadedSource {
  readonly type: "source";
  readonly definition: SourceDefinition;
  readonly config: unknown;
  readonly description: PluginDescription;
}

/**
 * Imports the plugin of a task and validates its `plugin_config`.
 * @throws FatalError `IGC_PLUGIN_*` when the module cannot be used, `IGC_CONFIG_PLUGIN` naming every wrong key,
 * `IGC_CONFIG_SCHEMA` when the plugin does not support a stream's schema.
 */
export async function loadPlugin(spec: TaskSpec): Promise<LoadedPlugin> {
  installResolveHook();
  const definition = definitionOf(await importModule(spec), spec);
  checkSchemas(spec, definition);
  checkTasks(spec, definition);
  if (spec.strict === true) checkKeys(spec, definition);
  const config = await validateConfig(spec, definition);
  const description = { ...describe(definition), effectiveDelivery: effectiveDelivery(definition, config) };
  return definition.type === "sink"
    ? { type: "sink", definition, config, description }
    : { type: "source", definition, config, description };
}

/** Imports a plugin only to describe it. Throws `FatalError` `IGC_PLUGIN_*`. */
export async function describePlugin(location: PluginLocation): Promise<PluginDescription> {
  installResolveHook();
  return describe(definitionOf(await importModule(location), location));
}

async function importModule(spec: PluginLocation): Promise<Record<string, unknown>> {
  try {
    return (await import(spec.plugin.url)) as Record<string, unknown>;
  } catch (error) {
    throw moduleError(error, placeOf(spec), spec.plugin.url);
  }
}

function definitionOf(module: Record<string, unknown>, spec: PluginLocation): SinkDefinition | SourceDefinition {
  const place = placeOf(spec);
  const definition = module.default;
  const define = spec.type === "sink" ? "defineSink" : "defineSource";
  if (definition === undefined) {
    throw new FatalError(`the plugin "${spec.plugin.path}" has no default export`, {
      code: "IGC_PLUGIN_NO_DEFAULT_EXPORT",
      place,
      fix: `export default ${define}({ … })`,
    });
  }
  if (!isDefinition(definition)) {
    throw new FatalError(`the default export of the plugin "${spec.plugin.path}" is not a connector definition`, {
      code: "IGC_PLUGIN_NOT_A_CONNECTOR",
      place,
      fix: `create it with ${define} of @iggy-connectors/sdk`,
    });
  }
  if (definition.type !== spec.type) {
    throw new FatalError(
      `the plugin "${spec.plugin.path}" is a ${definition.type}, but connector "${spec.key}" is a ${spec.type}`,
      {
        code: "IGC_PLUGIN_WRONG_TYPE",
        place,
        fix: `set type = "${definition.type}", or name a ${spec.type} in path`,
      },
    );
  }
  return definition;
}

function isDefinition(value: unknown): value is SinkDefinition | SourceDefinition {
  if (typeof value !== "object" || value === null) return false;
  const { type, name, create, config, schemas } = value as Partial<Record<keyof SinkDefinition, unknown>>;
  return (
    (type === "sink" || type === "source") &&
    typeof name === "string" &&
    typeof create === "function" &&
    Array.isArray(schemas) &&
    typeof config === "object" &&
    config !== null &&
    "~standard" in config
  );
}

function checkSchemas(spec: TaskSpec, definition: SinkDefinition | SourceDefinition): void {
  const streams = spec.type === "sink" ? spec.sinkStreams : spec.sourceStreams;
  for (const [index, { schema, codec }] of streams.entries()) {
    if (definition.schemas.includes(schema) || definition.schemas.includes(valuesOf(schema, codec))) continue;
    throw new FatalError(`the ${spec.type} "${definition.name}" does not support schema "${schema}"`, {
      code: "IGC_CONFIG_SCHEMA",
      place: placeOf(spec, `streams[${index}].schema`),
      fix: `use ${definition.schemas.map((name) => `"${name}"`).join(" or ")}`,
    });
  }
}

/** The schema of the values that a plugin sees: those of formats with a schema are JSON values. */
function valuesOf(schema: Schema, { proto_mode }: CodecKeys): Schema {
  if (schema === "proto" && proto_mode === "raw") return "raw";
  return schema === "proto" || schema === "avro" || schema === "flat_buffer" ? "json" : schema;
}

/** Two tasks of a source that does not divide its work would produce everything twice. */
function checkTasks(spec: TaskSpec, definition: SinkDefinition | SourceDefinition): void {
  if (spec.tasks === 1 || definition.type === "sink" || definition.tasks === true) return;
  throw new FatalError(`the source "${definition.name}" can run in one task only`, {
    code: "IGC_CONFIG_TASKS",
    place: placeOf(spec, "tasks"),
    fix: "set tasks = 1",
  });
}

function checkKeys(spec: TaskSpec, definition: SinkDefinition | SourceDefinition): void {
  const tree = jsonSchemaOf(definition.config, definition.name) as SchemaNode;
  const [unknown] = unknownKeys(tree, spec.pluginConfig, ["plugin_config"]);
  if (unknown === undefined) return;
  const { key, fix } = unknown;
  throw new FatalError(`unknown key ${key}`, {
    code: "IGC_CONFIG_UNKNOWN_KEY",
    place: placeOf(spec, key),
    fix,
  });
}

async function validateConfig(spec: TaskSpec, definition: SinkDefinition | SourceDefinition): Promise<unknown> {
  const result = await definition.config["~standard"].validate(typedConfig(spec, definition));
  if (result.issues === undefined) return result.value;
  const issues = describeIssues(result.issues).map(({ key, message }) => ({
    key: key === "" ? "plugin_config" : `plugin_config.${key}`,
    message,
  }));
  throw new FatalError(`the configuration of "${spec.key}" is not valid for the plugin:\n${formatIssues(issues)}`, {
    code: "IGC_CONFIG_PLUGIN",
    place: placeOf(spec, issues[0]?.key),
    fix: "correct the keys named above",
  });
}

/** Values from the environment are text; only the plugin's schema says whether one is meant as a number. */
function typedConfig(spec: TaskSpec, definition: SinkDefinition | SourceDefinition): unknown {
  const { pluginConfig = {}, environmentText = [] } = spec;
  if (environmentText.length === 0) return pluginConfig;
  const tree = jsonSchemaOf(definition.config, definition.name) as SchemaNode;
  return typeEnvironmentText(pluginConfig as Table, environmentText, tree);
}

function describe(definition: SinkDefinition | SourceDefinition): PluginDescription {
  const { name, version, description, delivery, schemas, config } = definition;
  return {
    name,
    version,
    description,
    delivery,
    schemas: [...schemas],
    configSchema: jsonSchemaOf(config, name),
    effectiveDelivery: delivery,
  };
}

/** Invariant 10: the guarantee is a property of the configuration in force. */
function effectiveDelivery(definition: SinkDefinition | SourceDefinition, config: unknown): Delivery {
  if (definition.type === "source") return definition.delivery;
  return definition.deliveryOf?.(config as never) ?? definition.delivery;
}

function jsonSchemaOf(config: SinkDefinition["config"], name: string): unknown {
  try {
    return config["~standard"].jsonSchema.input({ target: "draft-2020-12" });
  } catch (cause) {
    throw new FatalError(
      `the configuration schema of plugin "${name}" cannot be described: ${cause instanceof Error ? cause.message : cause}`,
      {
        code: "IGC_PLUGIN_SCHEMA",
        fix: "use types that JSON Schema can express on the input side (no bigint, no date), e.g. with zod 4.2 or newer",
        cause,
      },
    );
  }
}

function placeOf(spec: PluginLocation, key?: string): string {
  const file = spec.file ?? fileOf(spec.plugin.url);
  return key === undefined ? file : `${file} ${key}`;
}

function fileOf(url: string): string {
  return url.startsWith("file:") ? fileURLToPath(url) : url;
}
