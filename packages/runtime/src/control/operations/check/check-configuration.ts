import { resolve } from "node:path";
import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import { type ConnectorDefinition, isValid, type ValidDefinition } from "../../config/connector-files/definition.ts";
import { DefinitionReader } from "../../config/connector-files/definition-reader.ts";
import { toTaskSpecs } from "../../config/connector-files/task-specs.ts";
import { type InspectedConfiguration, type InspectionOptions, inspectConfiguration } from "../../config/inspected.ts";
import { type ConfigProblem, ConfigurationError } from "../../config/problem.ts";
import { problemsOf } from "../../config/providers/provider.ts";
import { checkConnector } from "../../plugins/check-connector.ts";
import { type ChosenIsolation, chooseIsolation } from "../../supervisor/placements/choose-isolation.ts";
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
  /** No finding about it is an error. */
  readonly valid: boolean;
  /** Its plugin was asked whether it reaches the external system; this needs a plugin with a check. */
  readonly connected: boolean;
  /** `undefined`: its plugin cannot be used. */
  readonly delivery: CheckedDelivery | undefined;
  /** Missing topics that it will create. */
  readonly creates: readonly string[];
  /** Where its tasks will run, and why. */
  readonly placement: ChosenIsolation;
}

export interface CheckReport {
  /** The file of the runtime; `undefined`: none was found. */
  readonly file: string | undefined;
  /** The folder of the connector files; `undefined`: they come from a remote store, or the runtime's file cannot be used. */
  readonly folder: string | undefined;
  readonly connectors: readonly CheckedVersion[];
  readonly findings: readonly ConfigProblem[];
  /** Why Iggy does not answer; `undefined`: it does, or was not asked. */
  readonly iggy: string | undefined;
}

/** Checks a configuration without running it. Unknown keys are errors. It changes nothing anywhere. */
export async function checkConfiguration(options: CheckOptions): Promise<CheckReport> {
  const workingDirectory = resolve(options.workingDirectory ?? process.cwd());
  const environment = options.env ?? process.env;
  let inspected: InspectedConfiguration;
  try {
    inspected = await inspectConfiguration({
      ...{ configPath: options.configPath, environment, workingDirectory },
      // A file with an unknown key is read on: what else is wrong with it is found as well.
      lenient: true,
    });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const problems = error.problems.map(withUnknownKeyAsError);
    return { file: options.configPath, folder: undefined, connectors: [], findings: problems, iggy: undefined };
  }
  const { loaded, redaction, catalog } = inspected;
  const { connectors: source } = loaded.config;
  const folder = source.config_type === "local" ? source.config_dir : undefined;
  const check = { catalog, runtime: loaded.config, workingDirectory };
  const findings: ConfigProblem[] = [...loaded.warnings];
  const checked: CheckedVersion[] = [];
  const login = options.connect ? await logIn(loaded, workingDirectory) : undefined;
  if (login !== undefined && "finding" in login) findings.push(login.finding);
  try {
    const set = await inspected.connectors();
    findings.push(...set.errors, ...set.warnings);
    // One after the other: each may need a worker.
    const made = createdBySources(set.connectors);
    for (const connector of set.connectors) {
      checked.push(await checkOne(connector, inspected, { ...options, workingDirectory, made }, login, findings));
    }
    for (const connector of set.broken) {
      const usable = withoutErrors(connector, { environment: loaded.environment, workingDirectory });
      if (usable === undefined) continue;
      const { findings: more } = await checkConnector(usable, { ...check, connect: false });
      findings.push(...more);
    }
  } catch (error) {
    const problems = problemsOf(error);
    if (problems === undefined) throw error;
    findings.push(...problems);
  } finally {
    if (login !== undefined && "client" in login) await login.client.close();
  }
  const shown = findings
    .map(withUnknownKeyAsError)
    .map((finding) => ({ ...finding, message: redaction.text(finding.message) }));
  const iggy = login !== undefined && "unreachable" in login ? login.unreachable : undefined;
  return { file: loaded.file, folder, connectors: checked, findings: shown, iggy };
}

interface CheckContext {
  readonly connect: boolean;
  readonly workingDirectory: string;
  /** `stream/topic` of each topic that a source of the configuration creates. */
  readonly made: ReadonlySet<string>;
}

/** Unknown keys are errors here: the runtime only warns, as the original ignores them. */
function withUnknownKeyAsError(problem: ConfigProblem): ConfigProblem {
  return problem.code === "IGC_CONFIG_UNKNOWN_KEY" ? { ...problem, severity: "error" } : problem;
}

function createdBySources(connectors: readonly ValidDefinition[]): ReadonlySet<string> {
  return new Set(
    connectors.flatMap(({ config }) =>
      config.type === "source"
        ? config.streams.filter(({ create }) => create).map(({ stream, topic }) => `${stream}/${topic}`)
        : [],
    ),
  );
}

/** The connector without the keys that have errors, to find what else is wrong; `undefined`: too little of it is left. */
function withoutErrors(
  { type, key, file, errors, document }: ConnectorDefinition,
  context: Pick<InspectionOptions, "environment" | "workingDirectory">,
): ValidDefinition | undefined {
  const wrong = new Set(errors.map(({ key: path = "" }) => /^[\w-]+/.exec(path)?.[0]));
  const kept = Object.entries(document.written).filter(([name]) => !wrong.has(name));
  const value = { enabled: true, version: 0, name: key, ...Object.fromEntries(kept), type, key };
  const reading = { file, value, lineOf: () => undefined };
  const reader = new DefinitionReader(reading, type, { ...context, strict: false, secret: () => undefined });
  const { connector } = reader.finish(key);
  return isValid(connector) ? connector : undefined;
}

async function checkOne(
  connector: ValidDefinition,
  { loaded: { config: runtime }, catalog }: InspectedConfiguration,
  { connect, workingDirectory, made }: CheckContext,
  login: IggyLogin | undefined,
  findings: ConfigProblem[],
): Promise<CheckedVersion> {
  const { type, key, version, config } = connector;
  const found = await checkConnector(connector, { catalog, runtime, workingDirectory, connect });
  const before = findings.length;
  findings.push(...found.findings);
  const plugin = { path: config.path, url: "" };
  const [spec] = toTaskSpecs(connector, { runtime, plugin, workingDirectory, logLevel: "error" });
  let creates: readonly string[] = [];
  if (login !== undefined && "client" in login) {
    const topics = await checkTopics(login.client, spec!, made);
    findings.push(...topics.findings);
    creates = topics.creates;
  }
  const delivery = found.plugin === undefined ? undefined : checkDelivery(spec!, found.plugin, found.delivery);
  const valid = findings.slice(before).every(({ severity }) => severity !== "error");
  const resolved = catalog.resolve(type, config.path);
  const placement = chooseIsolation(config.isolation, "shipped" in resolved && resolved.shipped, spec!);
  return { type, key, version, valid, connected: found.connected, delivery, creates, placement };
}
