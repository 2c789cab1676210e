import type { ApiClient } from "./api/client.ts";
import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-codes.ts";

/** A connector as the API addresses it. */
export interface ConnectorName {
  readonly type: "sink" | "source";
  readonly key: string;
  /** `/sinks/{key}` or `/sources/{key}`. */
  readonly path: string;
}

/** `sink/<key>`, `source/<key>`, or `<key>` where only one connector has it. */
export async function findConnector(api: ApiClient, text: string): Promise<ConnectorName> {
  const prefixed = /^(sink|source)s?\/(.+)$/.exec(text);
  if (prefixed !== null) return named(prefixed[1] as ConnectorName["type"], prefixed[2]!);
  const [sinks, sources] = await Promise.all([
    api.get<readonly { readonly key: string }[]>("/sinks"),
    api.get<readonly { readonly key: string }[]>("/sources"),
  ]);
  const found = [
    ...sinks.filter(({ key }) => key === text).map(({ key }) => named("sink", key)),
    ...sources.filter(({ key }) => key === text).map(({ key }) => named("source", key)),
  ];
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (found.length > 1) {
    throw new CliError(`there is a sink and a source with the key ${text}`, {
      exitCode: EXIT.usage,
      fix: `say which: sink/${text} or source/${text}`,
    });
  }
  const known = [...sinks.map(({ key }) => `sink/${key}`), ...sources.map(({ key }) => `source/${key}`)];
  throw new CliError(`there is no connector with the key ${text}`, {
    exitCode: EXIT.failed,
    fix: known.length === 0 ? "this runtime has none" : `known are ${known.join(", ")}`,
  });
}

function named(type: ConnectorName["type"], key: string): ConnectorName {
  return { type, key, path: `/${type}s/${encodeURIComponent(key)}` };
}
