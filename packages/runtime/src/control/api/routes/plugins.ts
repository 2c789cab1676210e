import { z } from "zod";
import type { PluginDescription } from "../../../shared/task/task-messages.ts";
import { CONNECTOR_TYPES, type ConnectorType } from "../../../shared/task/task-spec.ts";
import { connectorJsonSchema, pluginJsonSchema, runtimeJsonSchema } from "../../config/schema/json-schemas.ts";
import { Refusal } from "../../operations/refusal.ts";
import type { PluginCatalog } from "../../plugins/catalog.ts";
import { describedPlugins } from "../../plugins/schemas.ts";
import { json, refusals } from "../openapi/operation.ts";
import { withControls } from "../register-routes.ts";
import { pluginDetailsSchema, pluginSchema } from "../schemas/plugin.ts";

const TAG = { tag: "Plugins" } as const;
const jsonSchema = z.record(z.string(), z.unknown());
const path = z.object({ name: z.string().describe("name of the installed connector") });

/** Installed connectors, and the JSON Schemas that editors use. */
export const routes = withControls((router, { catalog }) => {
  router.get(
    "/plugins",
    { ...TAG, summary: "Installed connectors", answers: { 200: json(z.array(pluginSchema)) } },
    async () => {
      const listed: z.input<typeof pluginSchema>[] = [];
      // One after the other, because each may need a worker.
      for (const type of CONNECTOR_TYPES) {
        for (const name of catalog.installed(type)) listed.push(info(type, name, await catalog.describe(type, name)));
      }
      return listed;
    },
  );
  router.get(
    "/schemas/runtime.json",
    { ...TAG, summary: "JSON Schema of the runtime configuration file", answers: { 200: json(jsonSchema) } },
    () => runtimeJsonSchema(),
  );
  for (const type of CONNECTOR_TYPES) {
    router.get(
      `/plugins/${type}s/:name`,
      {
        ...TAG,
        summary: `An installed ${type}, with the JSON Schema of its settings`,
        path,
        answers: { 200: json(pluginDetailsSchema), ...refusals(404) },
      },
      async ({ path: { name } }) => {
        const plugin = await known(catalog, type, name);
        return { ...info(type, name, plugin), config_schema: plugin.configSchema };
      },
    );
    router.get(
      `/schemas/${type}s.json`,
      { ...TAG, summary: `JSON Schema of ${type} configuration files`, answers: { 200: json(jsonSchema) } },
      async () => connectorJsonSchema(type, await describedPlugins(catalog, type)),
    );
    router.get(
      `/schemas/${type}s/:name`,
      {
        ...TAG,
        summary: `JSON Schema of the configuration files of one ${type}`,
        path: z.object({ name: z.string().describe("name of the installed connector; may end in .json") }),
        answers: { 200: json(jsonSchema), ...refusals(404) },
      },
      async ({ path: { name: file } }) => {
        const name = file.replace(/\.json$/, "");
        const { configSchema } = await known(catalog, type, name);
        return pluginJsonSchema(type, { name, configSchema });
      },
    );
  }
});

async function known(catalog: PluginCatalog, type: ConnectorType, name: string): Promise<PluginDescription> {
  const plugin = catalog.installed(type).includes(name) ? await catalog.describe(type, name) : undefined;
  if (plugin !== undefined) return plugin;
  throw new Refusal("not_found", `No ${type} "${name}" is installed.`, {
    code: "plugin_not_found",
    fix: `installed: ${catalog.installed(type).join(", ") || "none"}`,
  });
}

function info(type: ConnectorType, name: string, plugin: PluginDescription | undefined): z.input<typeof pluginSchema> {
  return {
    type,
    name,
    version: plugin?.version ?? null,
    description: plugin?.description ?? null,
    delivery: plugin?.delivery ?? null,
    schemas: [...(plugin?.schemas ?? [])],
  };
}
