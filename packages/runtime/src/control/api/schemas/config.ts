import { z } from "zod";
import { isTable } from "../../../shared/key-path.ts";
import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import { connectorJsonSchema } from "../../config/schema/json-schemas.ts";
import { component } from "../openapi/components.ts";
import type { ForeignSchema } from "../openapi/operation.ts";
import { errorSchema } from "./connector.ts";
import { findingSchema } from "./failure.ts";
import { connectorState } from "./fields.ts";

/** Given by the path of the request: accepted and ignored, so that a configuration can be sent back as it was read. */
const IGNORED = ["type", "key", "version", "$schema"];

const written = z.unknown().optional();

/** A configuration is shown as it is written, even if it is invalid: only the fields that the runtime adds have a type. */
export const configSchema = component(
  "Configuration",
  z.looseObject({
    key: z.string(),
    enabled: written.describe("boolean"),
    version: z.int().nullable(),
    name: written.describe("string"),
    path: written.describe("the plugin: name of an installed connector, name of a package, or path of a module"),
    transforms: written.describe("table by type, or ordered list; null if there are none"),
    streams: z.array(z.unknown()),
    plugin_config_format: written.describe("json, yaml, toml, text or null"),
    plugin_config: written.describe("the plugin's own settings; secrets, and values that may be secrets, are masked"),
    verbose: written.describe("boolean"),
    benchmark: written.describe("boolean"),
    active: z.boolean().describe("this version runs"),
  }),
);

export const putSchema = component(
  "ConfigurationResult",
  configSchema.extend({
    outcome: z.enum(["created", "replaced", "unchanged"]),
    state: connectorState.nullable(),
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

/** A configuration in a request. It is validated by the code that reads files. */
export function sentConfig(type: ConnectorType): ForeignSchema {
  return {
    name: type === "sink" ? "SinkConfiguration" : "SourceConfiguration",
    schema: () => {
      const { $schema: _dialect, $defs: _plugins, allOf: _perPlugin, ...schema } = connectorJsonSchema(type, []);
      const required = Array.isArray(schema.required) ? schema.required : [];
      const properties = isTable(schema.properties) ? { ...schema.properties } : {};
      for (const key of IGNORED) if (key in properties) properties[key] = { description: "ignored" };
      // Their schema is larger than the rest of the document.
      const transforms = { description: `applied to each message; \`/schemas/${type}s.json\` describes them` };
      return {
        ...schema,
        properties: { ...properties, transforms, active: { description: "ignored" } },
        required: required.filter((key) => !IGNORED.includes(key)),
      };
    },
  };
}
