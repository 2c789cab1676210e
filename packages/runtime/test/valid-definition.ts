import type { ValidDefinition } from "../src/control/config/connector-files/definition.ts";

/** A connector as if its file had been read; its document is empty. */
export function validDefinition(config: ValidDefinition["config"], file = "x.toml"): ValidDefinition {
  const { type, key, name, path, enabled, version } = config;
  const document = { written: {}, overrides: [] };
  return { type, key, name, path, enabled, version, file, config, pluginTexts: [], errors: [], document };
}
