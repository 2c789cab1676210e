import { z } from "zod";
import { isTable } from "../../../shared/key-path.ts";
import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import { connectorJsonSchema } from "../../config/schema/json-schemas.ts";
import { component } from "../openapi/components.ts";
import type { ForeignSchema } from "../openapi/operation.ts";
import { errorSchema, infoSchema } from "./connector.ts";
import { findingSchema } from "./failure.ts";

/** What its place decides: taken and ignored, so that one can send back what one has read. */
const IGNORED = ["type", "key", "version", "$schema"];

const written = z.unknown().optional();

/** Whatever is written is shown, also what is wrong: only what we say ourselves has a type. */
export const configSchema = component(
  "Configuration",
  z.looseObject({
    key: z.string(),
    enabled: written.describe("boolean"),
    version: z.int().nullable(),
    name: written.describe("text"),
    path: written.describe("plugin: name of a connector, package, or path of a module"),
    transforms: written.describe("table by type, or ordered list; null: none"),
    streams: z.array(z.unknown()),
    plugin_config_format: written.describe("json, yaml, toml, text or null"),
    plugin_config: written.describe("the plugin's own settings; secrets, and what may be one, are masked"),
    verbose: written.describe("boolean"),
    benchmark: written.describe("boolean"),
    active: z.boolean().describe("whether this version runs"),
  }),
);

export const putSchema = component(
  "ConfigurationInForce",
  configSchema.extend({
    outcome: z.enum(["created", "replaced", "unchanged"]),
    state: infoSchema.shape.state.nullable(),
    last_error: errorSchema.optional(),
    findings: z.array(findingSchema),
  }),
);

export const previewSchema = component(
  "Preview",
  z.object({
    valid: z.boolean(),
    findings: z.array(findingSchema),
    changes: z.array(z.string()).describe("keys that differ from the active version"),
  }),
);

/** A configuration as one sends it; checked by the code that reads files. */
export function sentConfig(type: ConnectorType): ForeignSchema {
  return {
    name: type === "sink" ? "SinkConfiguration" : "SourceConfiguration",
    schema: () => {
      const { $schema: _dialect, $defs: _plugins, allOf: _perPlugin, ...schema } = connectorJsonSchema(type, []);
      const required = Array.isArray(schema.required) ? schema.required : [];
      const properties = isTable(schema.properties) ? { ...schema.properties } : {};
      for (const key of IGNORED) if (key in properties) properties[key] = { description: "ignored" };
      // Written out they are larger than everything else together.
      const transforms = { description: `changes to each message; \`/schemas/${type}s.json\` describes them` };
      return {
        ...schema,
        properties: { ...properties, transforms, active: { description: "ignored" } },
        required: required.filter((key) => !IGNORED.includes(key)),
      };
    },
  };
}
