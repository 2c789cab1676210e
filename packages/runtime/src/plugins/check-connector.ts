import type { LoadedConnector } from "../config/connector-files/read-connector.ts";
import { toTaskSpecs } from "../config/connector-files/task-specs.ts";
import { formatKey } from "../config/key-path.ts";
import type { ConfigProblem } from "../config/problem.ts";
import type { RuntimeConfig } from "../config/runtime-file/schema.ts";
import type { SchemaNode } from "../config/schema/schema-tree.ts";
import { unknownKeys } from "../config/schema/unknown-keys.ts";
import type { PluginCatalog } from "./catalog.ts";

export interface ConnectorCheck {
  readonly catalog: PluginCatalog;
  readonly runtime: RuntimeConfig;
  readonly workingDirectory: string;
  /** Also ask the plugin whether it reaches the other side. */
  readonly connect: boolean;
}

export interface CheckedConnector {
  readonly findings: readonly ConfigProblem[];
  /** The plugin was asked whether it reaches the other side. */
  readonly connected: boolean;
}

/** What a connector's plugin says of its settings: whether it is there, takes them, and on request connects. */
export async function checkConnector(
  connector: LoadedConnector,
  { catalog, runtime, workingDirectory, connect }: ConnectorCheck,
): Promise<CheckedConnector> {
  const { type, config, file } = connector;
  const resolved = catalog.resolve(type, config.path);
  if ("problem" in resolved) return { findings: [{ ...resolved.problem, file }], connected: false };
  const plugin = { path: config.path, url: resolved.url };
  const [spec] = toTaskSpecs(connector, { runtime, plugin, workingDirectory, logLevel: "error" });
  // Unknown keys are told below, all of them and whatever `strict` says.
  const reply = await catalog.check({ ...spec!, strict: false }, connect);
  const findings: ConfigProblem[] = reply.findings.map(({ level, message, fix }) => ({
    ...{ severity: level, code: "IGC_PLUGIN_CHECK", file, message, fix },
  }));
  if (reply.error !== undefined) {
    const { code, message, place, fix } = reply.error;
    const key = place === undefined ? undefined : /(?:plugin_config|streams|transforms)\S*/.exec(place)?.[0];
    findings.push({ severity: "error", code, file, key, message, fix });
  }
  const schema = reply.plugin?.configSchema as SchemaNode | undefined;
  for (const { path, suggestion } of unknownKeys(schema ?? {}, config.plugin_config ?? {}, ["plugin_config"])) {
    findings.push({
      severity: runtime.strict ? "error" : "warning",
      code: "IGC_CONFIG_UNKNOWN_KEY",
      file,
      key: formatKey(path),
      message: "unknown key",
      fix: suggestion === undefined ? "remove it" : `did you mean ${suggestion}?`,
    });
  }
  return { findings, connected: reply.connected };
}
