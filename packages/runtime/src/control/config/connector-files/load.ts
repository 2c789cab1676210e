import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import type { ConfigDocument } from "../document/document.ts";
import type { ConfigProblem } from "../problem.ts";
import { readActiveVersions } from "./active-versions.ts";
import { chooseVersions } from "./choose-versions.ts";
import { assignVariables, variablePrefixes } from "./overrides.ts";
import { ConnectorReading, type LoadedConnector, type ReadConnector } from "./definition.ts";
import { scanFolder } from "./scan.ts";

export interface ConnectorFilesOptions {
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly workingDirectory: string;
  /** Unknown keys are errors. */
  readonly strict: boolean;
  /** The runtime's own file, which is no connector wherever it lies. */
  readonly runtimeFile?: string | undefined;
  /** Told of every value that came from a secret file. */
  readonly secret?: (value: string) => void;
}

export interface ConnectorSet {
  /** The active version of each enabled connector. */
  readonly connectors: readonly LoadedConnector[];
  /** Enabled connectors whose active version cannot be used: they are shown as failed. */
  readonly broken: readonly ReadConnector[];
  readonly disabled: readonly ReadConnector[];
  /** Every version that was read, also those that are not active. */
  readonly versions: readonly ReadConnector[];
  /** Files of which not even type and key could be read: what they held before may still be meant. */
  readonly unreadable: readonly string[];
  /** All errors, also those of files that name no connector. */
  readonly errors: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
  /** Values that came from secret files. */
  readonly secrets: readonly string[];
}

/** Reads a folder of connector files. One bad file never stops the others; only an unreadable folder throws. */
export async function loadConnectorFiles(options: ConnectorFilesOptions): Promise<ConnectorSet> {
  const [scan, active] = await Promise.all([
    scanFolder(options.folder, options.runtimeFile),
    readActiveVersions(options.folder),
  ]);
  const errors: ConfigProblem[] = [...scan.problems, ...active.problems];
  const warnings: ConfigProblem[] = [];
  const secrets: string[] = [];
  const unreadable = scan.problems.flatMap(({ file }) => file ?? []);

  const identified: IdentifiedDocument[] = [];
  for (const document of scan.documents) {
    const identity = identify(document);
    if ("problem" in identity) {
      errors.push(identity.problem);
      unreadable.push(document.file);
    } else identified.push({ document, ...identity });
  }

  const { byPrefix, orphans } = connectorVariables(identified, options.environment);
  for (const name of orphans) {
    warnings.push({
      severity: "warning",
      code: "IGC_CONFIG_UNKNOWN_VARIABLE",
      file: "environment",
      key: name,
      message: "no connector file has the key that this variable names",
      fix: `the keys are ${[...new Set(identified.map(({ key }) => key))].sort().join(", ") || "none"}`,
    });
  }

  const secret = (value: string): void => {
    secrets.push(value);
    options.secret?.(value);
  };
  const read = identified.map((one) => readIdentified(one, byPrefix, { ...options, secret }));
  errors.push(...read.flatMap((one) => one.connector.errors));
  // A variable that sets nothing is told once, not once per version.
  const told = new Set<string>();
  for (const warning of read.flatMap((one) => one.warnings)) {
    const text = `${warning.file}:${warning.line} ${warning.key}`;
    if (!told.has(text)) warnings.push(warning);
    told.add(text);
  }
  const versions = read.map(({ connector }) => connector);
  const chosen = chooseVersions(versions, active);
  errors.push(...chosen.problems);
  const { connectors, broken, disabled } = chosen;
  return { connectors, broken, disabled, versions, unreadable, errors, warnings, secrets };
}

interface IdentifiedDocument {
  readonly document: ConfigDocument;
  readonly type: ConnectorType;
  readonly key: string;
}

type VariablesByPrefix = ReadonlyMap<string, readonly string[]>;

/** The variables of the environment that belong to these connectors, and those that belong to none. */
function connectorVariables(
  connectors: readonly Pick<IdentifiedDocument, "type" | "key">[],
  environment: NodeJS.ProcessEnv,
): { readonly byPrefix: VariablesByPrefix; readonly orphans: readonly string[] } {
  const names = Object.keys(environment).filter((name) => /^IGGY_CONNECTORS_(SINK|SOURCE)_/.test(name));
  return assignVariables(
    names,
    connectors.flatMap(({ type, key }) => variablePrefixes(type, key)),
  );
}

function readIdentified(
  { document, type, key }: IdentifiedDocument,
  byPrefix: VariablesByPrefix,
  options: ConstructorParameters<typeof ConnectorReading>[2],
): ReturnType<ConnectorReading["finish"]> {
  const reading = new ConnectorReading(document, type, options);
  for (const prefix of variablePrefixes(type, key)) reading.override(prefix, byPrefix.get(prefix) ?? []);
  return reading.finish(key);
}

/** Reads one document as if it lay in the folder beside `others`, whose keys decide which variables are its own. */
export function readSingle(
  candidate: IdentifiedDocument,
  others: readonly Pick<IdentifiedDocument, "type" | "key">[],
  options: ConstructorParameters<typeof ConnectorReading>[2],
): ReturnType<ConnectorReading["finish"]> {
  const { byPrefix } = connectorVariables([candidate, ...others], options.environment);
  return readIdentified(candidate, byPrefix, options);
}

/** Type and key decide everything else: which schema applies and which variables. */
function identify(document: ConfigDocument): { type: ConnectorType; key: string } | { problem: ConfigProblem } {
  const { type, key } = document.value;
  const problem = (name: string, message: string, fix: string): { problem: ConfigProblem } => ({
    problem: {
      severity: "error",
      code: "IGC_CONFIG_INVALID",
      file: document.file,
      line: document.lineOf([name]),
      key: name,
      message,
      fix,
    },
  });
  if (type === undefined) return problem("type", "is missing", 'add type = "sink" or type = "source"');
  if (type !== "sink" && type !== "source") {
    return problem("type", `${JSON.stringify(type)} is no type of connector`, 'write "sink" or "source"');
  }
  if (key === undefined) return problem("key", "is missing", 'add one, for example key = "my_connector"');
  if (typeof key !== "string" || key === "") return problem("key", "must be a text that is not empty", "name it");
  return { type, key };
}
