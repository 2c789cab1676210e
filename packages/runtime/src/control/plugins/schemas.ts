import type { ConnectorType } from "../../shared/task/task-spec.ts";
import {
  connectorJsonSchema,
  type DescribedPlugin,
  pluginJsonSchema,
  runtimeJsonSchema,
} from "../config/schema/json-schemas.ts";
import { PluginCatalog } from "./catalog.ts";

export interface SchemaFile {
  /** Below the folder of the schemas, as the API serves it: `sinks/stdout.json`. */
  readonly path: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

/** The JSON Schemas of all configuration files: the runtime's, and those of the installed connectors. */
export async function jsonSchemas(workingDirectory = process.cwd()): Promise<SchemaFile[]> {
  const catalog = new PluginCatalog({ configDirectory: workingDirectory, workingDirectory }, process.env);
  const files: SchemaFile[] = [{ path: "runtime.json", schema: runtimeJsonSchema() }];
  for (const type of ["sink", "source"] as const) {
    const plugins = await describedPlugins(catalog, type);
    files.push({ path: `${type}s.json`, schema: connectorJsonSchema(type, plugins) });
    for (const plugin of plugins) {
      files.push({ path: `${type}s/${plugin.name}.json`, schema: pluginJsonSchema(type, plugin) });
    }
  }
  return files;
}

/** The descriptions of the installed connectors, one after the other: each may need a worker. */
export async function describedPlugins(catalog: PluginCatalog, type: ConnectorType): Promise<DescribedPlugin[]> {
  const plugins: DescribedPlugin[] = [];
  for (const name of catalog.installed(type)) {
    const plugin = await catalog.describe(type, name);
    if (plugin !== undefined) plugins.push({ name, configSchema: plugin.configSchema });
  }
  return plugins;
}
