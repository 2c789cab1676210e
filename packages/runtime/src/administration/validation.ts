import { isLoaded } from "../config/connector-files/read-connector.ts";
import { toTaskSpecs } from "../config/connector-files/task-specs.ts";
import { formatKey, isTable } from "../config/key-path.ts";
import type { ConfigProblem } from "../config/problem.ts";
import type { RuntimeConfig } from "../config/runtime-file/schema.ts";
import type { SchemaNode } from "../config/schema/schema-tree.ts";
import { unknownKeys } from "../config/schema/unknown-keys.ts";
import type { PluginCatalog } from "../plugins/catalog.ts";
import type { ConnectorType } from "../task/protocol.ts";
import type { Acceptance } from "./acceptance.ts";
import { findingShape } from "./errors.ts";

export interface ValidationOptions {
  readonly acceptance: Acceptance;
  readonly catalog: PluginCatalog;
  readonly runtime: RuntimeConfig;
  readonly workingDirectory: string;
}

/** Whether a configuration would run: its file's keys, then its plugin's settings, and on request the connection itself. */
export class Validation {
  readonly #options: ValidationOptions;

  constructor(options: ValidationOptions) {
    this.#options = options;
  }

  async validate(type: ConnectorType, body: unknown, connect: boolean) {
    const key = isTable(body) && typeof body.key === "string" && body.key !== "" ? body.key : "validated";
    const { connector, problems } = await this.#options.acceptance.look({ type, key }, body);
    const findings = [...problems];
    if (findings.every(({ severity }) => severity !== "error") && isLoaded(connector)) {
      findings.push(...(await this.#pluginFindings(connector, connect)));
    }
    return { valid: findings.every(({ severity }) => severity !== "error"), findings: findings.map(findingShape) };
  }

  async #pluginFindings(
    connector: Parameters<typeof toTaskSpecs>[0],
    connect: boolean,
  ): Promise<readonly ConfigProblem[]> {
    const { catalog, runtime, workingDirectory } = this.#options;
    const { type, config } = connector;
    const resolved = catalog.resolve(type, config.path);
    if ("problem" in resolved) return [resolved.problem];
    const plugin = { path: config.path, url: resolved.url };
    const [spec] = toTaskSpecs(connector, { runtime, plugin, workingDirectory, logLevel: "error" });
    // Unknown keys are told below, all of them and whatever `strict` says.
    const reply = await catalog.check({ ...spec!, strict: false }, connect);
    const findings: ConfigProblem[] = reply.findings.map(({ level, message, fix }) => ({
      severity: level,
      code: "IGC_PLUGIN_CHECK",
      message,
      fix,
    }));
    if (reply.error !== undefined) {
      const { code, message, place, fix } = reply.error;
      const subject = place === undefined ? undefined : /plugin_config\S*|streams\S*/.exec(place)?.[0];
      findings.push({ severity: "error", code, key: subject, message, fix });
    }
    const schema = reply.plugin?.configSchema as SchemaNode | undefined;
    for (const { path, suggestion } of unknownKeys(schema ?? {}, config.plugin_config ?? {}, ["plugin_config"])) {
      const fix = suggestion === undefined ? "remove it" : `did you mean ${suggestion}?`;
      findings.push({
        severity: runtime.strict ? "error" : "warning",
        code: "IGC_CONFIG_UNKNOWN_KEY",
        key: formatKey(path),
        message: "unknown key",
        fix,
      });
    }
    return findings;
  }
}
