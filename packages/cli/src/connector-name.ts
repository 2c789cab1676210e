import type { ApiConnector, ApiConnectorType } from "@iggy-connectors/runtime/api-types";
import { printableLine } from "@iggy-connectors/runtime/printable";
import type { ApiClient } from "./api/client.ts";
import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";

/** Help of an argument that names a connector. */
export const CONNECTOR_NAME_HELP = "sink/<key>, source/<key>, or <key> if it is unique";

/** A connector as the API addresses it. */
export interface ConnectorName {
  readonly type: ApiConnectorType;
  readonly key: string;
  /** `/sinks/{key}` or `/sources/{key}`. */
  readonly path: string;
}

/** `sink/<key>` and `source/<key>` as type and key. The type of `<key>` alone is undefined. */
export function splitConnectorName(text: string): {
  readonly type: ApiConnectorType | undefined;
  readonly key: string;
} {
  const [, type, key] = /^(sink|source)s?\/(.+)$/s.exec(text) ?? [];
  return { type: type as ApiConnectorType | undefined, key: key ?? text };
}

/** `sink/<key>`, `source/<key>`, or `<key>` if only one connector has it. Throws `CliError`. */
export async function findConnector(api: ApiClient, text: string): Promise<ConnectorName> {
  const { type, key } = splitConnectorName(text);
  if (type !== undefined) return named(type, key);
  const [sinks, sources] = await Promise.all([
    api.get<readonly ApiConnector[]>("/sinks"),
    api.get<readonly ApiConnector[]>("/sources"),
  ]);
  const all = [...sinks.map((one) => named("sink", one.key)), ...sources.map((one) => named("source", one.key))];
  const found = all.filter((one) => one.key === key);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (found.length > 1) {
    const shown = printableLine(key);
    throw new CliError(`both a sink and a source have the key ${shown}`, {
      exitCode: EXIT.usage,
      fix: `use sink/${shown} or source/${shown}`,
    });
  }
  throw new CliError(`no connector has the key ${printableLine(key)}`, {
    exitCode: EXIT.failed,
    fix:
      all.length === 0
        ? "this runtime has no connectors"
        : `existing connectors: ${all.map((one) => printableLine(`${one.type}/${one.key}`)).join(", ")}`,
  });
}

function named(type: ApiConnectorType, key: string): ConnectorName {
  return { type, key, path: `/${type}s/${encodeURIComponent(key)}` };
}
