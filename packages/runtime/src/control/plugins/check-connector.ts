import type { InspectionReply } from "../../shared/jobs/inspection.ts";
import type { SchemaNode } from "../../shared/schema-tree/schema-tree.ts";
import { unknownKeys } from "../../shared/schema-tree/unknown-keys.ts";
import type { PluginDescription } from "../../shared/task/task-messages.ts";
import type { TaskError } from "../../shared/task/task-status.ts";
import type { ValidDefinition } from "../config/connector-files/definition.ts";
import { toTaskSpecs } from "../config/connector-files/task-specs.ts";
import type { ConfigProblem } from "../config/problem.ts";
import type { RuntimeConfig } from "../config/runtime-file/schema.ts";
import type { PluginCatalog } from "./catalog.ts";

export interface ConnectorCheck {
  readonly catalog: PluginCatalog;
  readonly runtime: RuntimeConfig;
  readonly workingDirectory: string;
  /** Also ask the plugin whether it reaches the external system. */
  readonly connect: boolean;
}

export interface CheckedConnector {
  readonly findings: readonly ConfigProblem[];
  /** The plugin was asked whether it reaches the external system. */
  readonly connected: boolean;
  /** The plugin's description; `undefined`: it cannot be imported. */
  readonly plugin?: PluginDescription | undefined;
  /** What the plugin's own check says about the guarantee. */
  readonly delivery?: InspectionReply["delivery"];
}

/** Asks a connector's plugin: whether it can be imported, accepts its settings, and on request connects. */
export async function checkConnector(
  connector: ValidDefinition,
  { catalog, runtime, workingDirectory, connect }: ConnectorCheck,
): Promise<CheckedConnector> {
  const { type, config, file } = connector;
  const resolved = catalog.resolve(type, config.path);
  if ("problem" in resolved) return { findings: [{ ...resolved.problem, file }], connected: false };
  const plugin = { path: config.path, url: resolved.url };
  const [spec] = toTaskSpecs(connector, { runtime, plugin, workingDirectory, logLevel: "error" });
  // All unknown keys are reported below, whatever `strict` says.
  const reply = await catalog.check({ ...spec!, strict: false }, connect);
  const findings: ConfigProblem[] = reply.findings.map(({ level, code, message, place, fix }) => ({
    ...{ severity: level, code, file, key: keyOf(place), message, fix },
  }));
  if (reply.error !== undefined) {
    findings.push(...settingFindings(reply.error, file));
  }
  const schema = reply.plugin?.configSchema as SchemaNode | undefined;
  for (const { key, fix } of unknownKeys(schema ?? {}, config.plugin_config ?? {}, ["plugin_config"])) {
    findings.push({
      severity: runtime.strict ? "error" : "warning",
      code: "IGC_CONFIG_UNKNOWN_KEY",
      file,
      key,
      message: "unknown key",
      fix,
    });
  }
  return { findings, connected: reply.connected, plugin: reply.plugin, delivery: reply.delivery };
}

/** One finding for each setting that is not valid: the error lists them one a line, each as `key: reason`. */
function settingFindings({ code, message, place, fix }: TaskError, file: string): ConfigProblem[] {
  const [head, ...lines] = message.split("\n");
  const listed = head?.endsWith(":") === true && lines.every((line) => LISTED.test(line)) && lines.length > 0;
  if (!listed) return [{ severity: "error", code, file, key: keyOf(place), message, fix }];
  return lines.map((line) => {
    const [, key = "", reason = ""] = LISTED.exec(line) ?? [];
    return { severity: "error", code, file, key, message: reason, fix: "correct this setting" };
  });
}

const LISTED = /^(plugin_config[^\s:]*): (.*)$/;

/** The key in a place such as `orders.toml: transforms[0].condition`. */
function keyOf(place: string | undefined): string | undefined {
  return place === undefined ? undefined : /(?:plugin_config|streams|transforms)\S*/.exec(place)?.[0];
}
