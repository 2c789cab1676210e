import { z } from "zod";
import { component } from "../openapi/components.ts";
import { connectorType } from "./fields.ts";

const pluginFields = {
  type: connectorType,
  name: z.string(),
  version: z.string().nullable().describe("null, like the fields below, if the plugin could not be loaded"),
  description: z.string().nullable(),
  delivery: z.string().nullable().describe("the strongest delivery guarantee that it supports"),
  schemas: z.array(z.string()).describe("message formats that it accepts or produces"),
};

export const pluginSchema = component("Plugin", z.object(pluginFields));

export const pluginDetailsSchema = component(
  "PluginDetails",
  z.object({ ...pluginFields, config_schema: z.unknown().describe("JSON Schema of plugin_config") }),
);
