import { z } from "zod";
import { component } from "../openapi/components.ts";

const pluginShape = {
  type: z.enum(["sink", "source"]),
  name: z.string(),
  version: z.string().nullable().describe("null, as what follows: it could not be loaded"),
  description: z.string().nullable(),
  delivery: z.string().nullable().describe("the strongest guarantee that it can give"),
  schemas: z.array(z.string()).describe("formats of messages that it takes or makes"),
};

export const pluginSchema = component("Plugin", z.object(pluginShape));

export const wholePluginSchema = component(
  "WholePlugin",
  z.object({ ...pluginShape, config_schema: z.unknown().describe("JSON Schema of plugin_config") }),
);
