import { type ConnectorDefinition, isValid } from "../../config/connector-files/definition.ts";
import type { RunDependencies } from "../run/connector-run.ts";

/**
 * Text that is equal for definitions that run the same: the location and the spelling of the file make no difference,
 * another module behind the same `path` does.
 */
export function fingerprint(
  definition: ConnectorDefinition,
  { resolvePlugin }: Pick<RunDependencies, "resolvePlugin">,
): string {
  const { enabled, version, config, errors, pluginTexts } = definition;
  const plugin = isValid(definition) && enabled ? resolvePlugin(definition) : undefined;
  const findings = errors.map(({ code, key, message }) => [code, key, message]);
  return JSON.stringify([enabled, version, config, findings, pluginTexts, plugin], (_key, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
}
