import { isLoaded, type ReadConnector } from "../../config/connector-files/definition.ts";
import type { RunHost } from "../run/connector-run.ts";

/**
 * Text that is the same for configurations that run the same: where the file lies and how it is written makes no
 * difference, another module behind the same `path` does.
 */
export function fingerprint(source: ReadConnector, host: Pick<RunHost, "resolvePlugin">): string {
  const { enabled, version, config, errors, pluginTexts } = source;
  const plugin = isLoaded(source) && enabled ? host.resolvePlugin(source) : undefined;
  const findings = errors.map(({ code, key, message }) => [code, key, message]);
  return JSON.stringify([enabled, version, config, findings, pluginTexts, plugin], (_key, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
}
