import { resolve } from "node:path";
import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import type { ValidDefinition } from "../../config/connector-files/definition.ts";
import { toTaskSpecs } from "../../config/connector-files/task-specs.ts";
import { type InspectedConfiguration, inspectConfiguration } from "../../config/inspected.ts";
import { type ConfigProblem, ConfigurationError } from "../../config/problem.ts";
import { problemsOf } from "../../config/providers/provider.ts";
import { checkConnector } from "../../plugins/check-connector.ts";
import { type CheckedDelivery, checkDelivery } from "./delivery.ts";
import { type IggyLogin, logIn } from "./iggy.ts";
import { checkTopics } from "./topics.ts";

export interface CheckOptions {
  readonly configPath?: string | undefined;
  /** Also log in to Iggy, check topics and schema registries, and let each plugin connect to its external system. */
  readonly connect: boolean;
  readonly env?: NodeJS.ProcessEnv;
  readonly workingDirectory?: string;
}

interface CheckedVersion {
  readonly type: ConnectorType;
  readonly key: string;
  readonly version: number;
  /** Its plugin was asked whether it reaches the external system; this needs a plugin with a check. */
  readonly connected: boolean;
  /** `undefined`: its plugin cannot be used. */
  readonly delivery: CheckedDelivery | undefined;
  /** Missing topics that it will create. */
  readonly creates: readonly string[];
}

export interface CheckReport {
  /** The file of the runtime; `undefined`: none was found. */
  readonly file: string | undefined;
  readonly connectors: readonly CheckedVersion[];
  readonly findings: readonly ConfigProblem[];
  /** Why Iggy does not answer; `undefined`: it does, or was not asked. */
  readonly iggy: string | undefined;
}

/** Checks a configuration without running it. Unknown keys are errors. It changes nothing anywhere. */
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
  const { loaded, redaction } = inspected;
  const findings: ConfigProblem[] = [...loaded.warnings];
  const checked: CheckedVersion[] = [];
  const login = options.connect ? await logIn(loaded, workingDirectory) : undefined;
  if (login !== undefined && "finding" in login) findings.push(login.finding);
  try {
    const set = await inspected.connectors();
    findings.push(...set.errors, ...set.warnings);
    // One after the other: each may need a worker.
    for (const connector of set.connectors) {
      checked.push(await checkOne(connector, inspected, { ...options, workingDirectory }, login, findings));
    }
  } catch (error) {
    const problems = problemsOf(error);
    if (problems === undefined) throw error;
    findings.push(...problems);
  } finally {
    if (login !== undefined && "client" in login) await login.client.close();
  }
  const shown = findings.map((finding) => ({ ...finding, message: redaction.text(finding.message) }));
  const iggy = login !== undefined && "unreachable" in login ? login.unreachable : undefined;
  return { file: loaded.file, connectors: checked, findings: shown, iggy };
}

async function checkOne(
  connector: ValidDefinition,
  { loaded: { config: runtime }, catalog }: InspectedConfiguration,
  { connect, workingDirectory }: { readonly connect: boolean; readonly workingDirectory: string },
  login: IggyLogin | undefined,
  findings: ConfigProblem[],
): Promise<CheckedVersion> {
  const { type, key, version, config } = connector;
  const found = await checkConnector(connector, { catalog, runtime, workingDirectory, connect });
  findings.push(...found.findings);
  const plugin = { path: config.path, url: "" };
  const [spec] = toTaskSpecs(connector, { runtime, plugin, workingDirectory, logLevel: "error" });
  let creates: readonly string[] = [];
  if (login !== undefined && "client" in login) {
    const topics = await checkTopics(login.client, spec!);
    findings.push(...topics.findings);
    creates = topics.creates;
  }
  const delivery = found.plugin === undefined ? undefined : checkDelivery(spec!, found.plugin, found.delivery);
  return { type, key, version, connected: found.connected, delivery, creates };
}
