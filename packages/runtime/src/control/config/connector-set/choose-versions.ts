import { type ConnectorDefinition, isValid, type ValidDefinition } from "../connector-files/definition.ts";
import { identityKey } from "../connector-identity.ts";
import type { ConfigProblem } from "../problem.ts";
import { ACTIVE_VERSIONS_FILE, type ActiveVersions } from "./active-versions.ts";

export interface ChosenVersions {
  readonly connectors: readonly ValidDefinition[];
  readonly broken: readonly ConnectorDefinition[];
  readonly disabled: readonly ConnectorDefinition[];
  readonly problems: readonly ConfigProblem[];
}

/**
 * Chooses the version of each connector that runs: the activated one, else the highest. An activated version that no file
 * has, and two files with the same version, are errors.
 */
export function chooseVersions(read: readonly ConnectorDefinition[], active: ActiveVersions): ChosenVersions {
  const connectors: ValidDefinition[] = [];
  const broken: ConnectorDefinition[] = [];
  const disabled: ConnectorDefinition[] = [];
  const problems: ConfigProblem[] = [];
  const groups = Map.groupBy(read, identityKey);
  for (const [, versions] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const distinct = withoutDuplicates(versions, problems);
    const chosen = choose(distinct, active, problems);
    if (!chosen.enabled) disabled.push(chosen);
    else if (isValid(chosen)) connectors.push(chosen);
    else broken.push(chosen);
  }
  return { connectors, broken, disabled, problems };
}

function withoutDuplicates(versions: readonly ConnectorDefinition[], problems: ConfigProblem[]): ConnectorDefinition[] {
  const seen = new Map<number, ConnectorDefinition>();
  return versions.filter((connector) => {
    if (connector.version === undefined) return true;
    const other = seen.get(connector.version);
    if (other === undefined) {
      seen.set(connector.version, connector);
      return true;
    }
    problems.push({
      severity: "error",
      code: "IGC_CONFIG_DUPLICATE",
      file: connector.file,
      key: "version",
      message: `${connector.type} ${connector.key} version ${connector.version} is already defined in ${other.file}; this file is not used`,
      fix: "change key or version, or remove one of the files",
    });
    return false;
  });
}

function choose(
  versions: readonly ConnectorDefinition[],
  active: ActiveVersions,
  problems: ConfigProblem[],
): ConnectorDefinition {
  // A file whose version cannot be read comes last: it runs only where nothing else names this connector.
  const highestFirst = [...versions].sort((a, b) => (b.version ?? -1) - (a.version ?? -1));
  const highest = highestFirst[0]!;
  const activated = active.of(highest);
  if (activated === undefined) return highest;
  const chosen = versions.find(({ version }) => version === activated);
  if (chosen !== undefined) return chosen;
  const existing = highestFirst.flatMap(({ version }) => version ?? []).reverse();
  const problem: ConfigProblem = {
    severity: "error",
    code: "IGC_CONFIG_VERSION_MISSING",
    file: ACTIVE_VERSIONS_FILE,
    key: `${highest.type}s.${highest.key}`,
    message: `version ${activated} is activated, but no file has it`,
    fix: `activate one of ${existing.join(", ")}`,
  };
  problems.push(problem);
  return { ...highest, version: activated, config: undefined, errors: [problem] };
}
