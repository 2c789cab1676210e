import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import { keyProblem, similarKeys } from "../connector-files/connector-key.ts";
import type { ConnectorDefinition, ValidDefinition } from "../connector-files/definition.ts";
import type { DefinitionReading } from "../connector-files/definition-reader.ts";
import { assignVariables, variablePrefixes } from "../connector-files/overrides.ts";
import type { ConnectorIdentity } from "../connector-identity.ts";
import type { ConfigDocument } from "../document/document.ts";
import type { ConfigProblem } from "../problem.ts";
import type { ActiveVersions } from "./active-versions.ts";
import { chooseVersions } from "./choose-versions.ts";
import type { DefinitionCache, IdentifiedDocument } from "./definition-cache.ts";
import { isConnectorDocument, type ScannedFiles } from "./scan.ts";

/** All connectors that are configured, and which of them should run. */
export interface ConnectorSet {
  /** The active version of each enabled connector. */
  readonly connectors: readonly ValidDefinition[];
  /** Enabled connectors whose active version cannot be used: they are shown as failed. */
  readonly broken: readonly ConnectorDefinition[];
  readonly disabled: readonly ConnectorDefinition[];
  /** Every version that was read, including those that are not active. */
  readonly versions: readonly ConnectorDefinition[];
  /** Files without a readable type and key: the connectors that they defined before keep running. */
  readonly unreadable: readonly string[];
  /** All errors, including those of files that name no connector. */
  readonly errors: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
  /** Values that came from secret files. */
  readonly secrets: readonly string[];
}

/** Makes a set of the files of a folder. One bad file never stops the others. */
export function toConnectorSet(
  files: ScannedFiles,
  active: ActiveVersions,
  environment: NodeJS.ProcessEnv,
  cache: DefinitionCache,
): ConnectorSet {
  const errors: ConfigProblem[] = [];
  const unreadable: string[] = [];
  const identified: IdentifiedDocument[] = [];
  for (const [file, scanned] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const identity = "document" in scanned ? identify(scanned.document) : scanned;
    if (identity === undefined) continue;
    if ("problems" in identity) {
      errors.push(...identity.problems);
      unreadable.push(file);
    } else identified.push(identity);
  }
  errors.push(...active.problems);

  const { byPrefix, orphans } = connectorVariables(identified, environment);
  const warnings: ConfigProblem[] = orphans.map((name) => unknownConnectorVariable(name, identified));
  warnings.push(...similarKeys(identified.map(({ type, key, document: { file } }) => ({ type, key, file }))));
  const read = identified.map((one) => cache.read(one, byPrefix));
  errors.push(...read.flatMap(({ connector }) => connector.errors));
  warnings.push(...withoutRepetitions(read.flatMap((one) => one.warnings)));
  const versions = read.map(({ connector }) => connector);
  const { problems, ...chosen } = chooseVersions(versions, active);
  errors.push(...problems);
  const secrets = read.flatMap((one) => one.secrets);
  return { ...chosen, versions, unreadable, errors, warnings, secrets };
}

/** Reads a document that is not stored yet as if it were in the folder beside `others`, whose keys decide which variables are its own. */
export function readCandidate(
  candidate: IdentifiedDocument,
  others: readonly ConnectorIdentity[],
  environment: NodeJS.ProcessEnv,
  cache: DefinitionCache,
): DefinitionReading {
  return cache.read(candidate, connectorVariables([candidate, ...others], environment).byPrefix);
}

/** The variables of the environment that belong to these connectors, and those that belong to none. */
function connectorVariables(connectors: readonly ConnectorIdentity[], environment: NodeJS.ProcessEnv) {
  const names = Object.keys(environment).filter((name) => /^IGGY_CONNECTORS_(SINK|SOURCE)_/.test(name));
  return assignVariables(
    names,
    connectors.flatMap(({ type, key }) => variablePrefixes(type, key)),
  );
}

function unknownConnectorVariable(name: string, connectors: readonly ConnectorIdentity[]): ConfigProblem {
  const keys = [...new Set(connectors.map(({ key }) => key))].sort();
  return {
    severity: "warning",
    code: "IGC_CONFIG_UNKNOWN_VARIABLE",
    file: "environment",
    key: name,
    message: "no connector file has the key in the name of this variable",
    fix: `the keys are ${keys.join(", ") || "none"}`,
  };
}

/** A variable that sets no key is reported once, not once per version. */
function withoutRepetitions(warnings: readonly ConfigProblem[]): ConfigProblem[] {
  const seen = new Set<string>();
  return warnings.filter(({ file, line, key }) => {
    const text = `${file}:${line} ${key}`;
    return !seen.has(text) && seen.add(text);
  });
}

/** Type and key decide which schema and which variables apply. `undefined`: the document is not a connector file. */
function identify(
  document: ConfigDocument,
): IdentifiedDocument | { readonly problems: readonly ConfigProblem[] } | undefined {
  if (!isConnectorDocument(document)) return undefined;
  const { type, key } = document.value;
  const problem = (name: string, message: string, fix: string): { problems: ConfigProblem[] } => {
    const { file } = document;
    const line = document.lineOf([name]);
    return { problems: [{ severity: "error", code: "IGC_CONFIG_INVALID", file, line, key: name, message, fix }] };
  };
  if (type === undefined) return problem("type", "is missing", 'add type = "sink" or type = "source"');
  if (!isConnectorType(type)) {
    return problem("type", `${JSON.stringify(type)} is not a connector type`, 'write "sink" or "source"');
  }
  if (key === undefined) return problem("key", "is missing", 'add a key, for example key = "my_connector"');
  if (typeof key !== "string") return problem("key", "must be a non-empty string", "give it a name");
  const wrong = keyProblem(key);
  if (wrong !== undefined) return problem("key", wrong.message, wrong.fix ?? "");
  return { document, type, key };
}

function isConnectorType(value: unknown): value is ConnectorType {
  return value === "sink" || value === "source";
}
