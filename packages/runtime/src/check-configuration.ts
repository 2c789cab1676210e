import { resolve } from "node:path";
import { type InspectedConfiguration, inspectConfiguration } from "./config/inspected.ts";
import { type ConfigProblem, ConfigurationError } from "./config/problem.ts";
import { ProviderError } from "./config/providers/provider.ts";
import { unreachable } from "./health/readiness.ts";
import { checkConnector } from "./plugins/check-connector.ts";
import type { ConnectorType } from "./task/protocol.ts";

export interface CheckOptions {
  readonly configPath?: string | undefined;
  /** Also reach Iggy, and have each plugin reach what it writes to or reads from. */
  readonly connect: boolean;
  readonly env?: NodeJS.ProcessEnv;
  readonly workingDirectory?: string;
}

interface CheckedVersion {
  readonly type: ConnectorType;
  readonly key: string;
  readonly version: number;
  /** Its plugin was asked whether it reaches the other side; one without a check of its own cannot be. */
  readonly connected: boolean;
}

export interface CheckReport {
  /** The file of the runtime; `undefined`: none was found. */
  readonly file: string | undefined;
  readonly connectors: readonly CheckedVersion[];
  readonly findings: readonly ConfigProblem[];
  /** Why Iggy does not answer; `undefined`: it does, or nobody asked. */
  readonly iggy: string | undefined;
}

/** Everything that is wrong with a configuration, without running it. Unknown keys are errors. */
export async function checkConfiguration(options: CheckOptions): Promise<CheckReport> {
  const workingDirectory = resolve(options.workingDirectory ?? process.cwd());
  const environment = { ...(options.env ?? process.env), IGGY_CONNECTORS_CONFIG_STRICT: "true" };
  let inspected: InspectedConfiguration;
  try {
    inspected = await inspectConfiguration({ configPath: options.configPath, environment, workingDirectory });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { file: options.configPath, connectors: [], findings: error.problems, iggy: undefined };
  }
  const { loaded, catalog, redaction } = inspected;
  const { config, file } = loaded;
  const findings: ConfigProblem[] = [...loaded.warnings];
  const checked: CheckedVersion[] = [];
  try {
    const set = await inspected.connectors();
    findings.push(...set.errors, ...set.warnings);
    // One after the other: each may need a worker for a moment.
    for (const connector of set.connectors) {
      const { type, key, version } = connector;
      const check = { catalog, runtime: config, workingDirectory, connect: options.connect };
      const { findings: found, connected } = await checkConnector(connector, check);
      checked.push({ type, key, version, connected });
      findings.push(...found);
    }
  } catch (error) {
    if (error instanceof ConfigurationError) findings.push(...error.problems);
    else if (error instanceof ProviderError) findings.push(problemOf(error));
    else throw error;
  }
  const shown = findings.map((finding) => ({ ...finding, message: redaction.text(finding.message) }));
  const iggy = options.connect ? await unreachable(config.iggy.address) : undefined;
  return { file, connectors: checked, findings: shown, iggy };
}

function problemOf({ code, message, fix }: ProviderError): ConfigProblem {
  return { severity: "error", code, message, fix };
}
