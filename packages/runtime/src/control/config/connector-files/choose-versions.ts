import type { ConfigProblem } from "../problem.ts";
import { ACTIVE_VERSIONS_FILE, type ActiveVersions } from "./active-versions.ts";
import { isLoaded, type LoadedConnector, type ReadConnector } from "./definition.ts";

export interface ChosenVersions {
  readonly connectors: readonly LoadedConnector[];
  readonly broken: readonly ReadConnector[];
  readonly disabled: readonly ReadConnector[];
  readonly problems: readonly ConfigProblem[];
}

/**
 * Per connector the version that runs: the activated one, else the highest. An activated version that no file has, and
 * two files of one version, are errors, never a quiet choice.
 */
export function chooseVersions(read: readonly ReadConnector[], active: ActiveVersions): ChosenVersions {
  const connectors: LoadedConnector[] = [];
  const broken: ReadConnector[] = [];
  const disabled: ReadConnector[] = [];
  const problems: ConfigProblem[] = [];
  const groups = Map.groupBy(read, ({ type, key }) => `${type}/${key}`);
  for (const [, versions] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const distinct = withoutDuplicates(versions, problems);
    const chosen = choose(distinct, active, problems);
    if (!chosen.enabled) disabled.push(chosen);
    else if (isLoaded(chosen)) connectors.push(chosen);
    else broken.push(chosen);
  }
  return { connectors, broken, disabled, problems };
}

function withoutDuplicates(versions: readonly ReadConnector[], problems: ConfigProblem[]): ReadConnector[] {
  const seen = new Map<number, ReadConnector>();
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
      message: `${connector.type} ${connector.key} version ${connector.version} is in ${other.file} already, this file is not used`,
      fix: "change key or version, or remove one of the files",
    });
    return false;
  });
}

function choose(versions: readonly ReadConnector[], active: ActiveVersions, problems: ConfigProblem[]): ReadConnector {
  // A file whose version cannot be read comes last: it runs only where nothing else names this connector.
  const highestFirst = [...versions].sort((a, b) => (b.version ?? -1) - (a.version ?? -1));
  const highest = highestFirst[0]!;
  const wanted = active.of(highest.type, highest.key);
  if (wanted === undefined) return highest;
  const activated = versions.find(({ version }) => version === wanted);
  if (activated !== undefined) return activated;
  const present = highestFirst.flatMap(({ version }) => version ?? []).reverse();
  const problem: ConfigProblem = {
    severity: "error",
    code: "IGC_CONFIG_VERSION_MISSING",
    file: ACTIVE_VERSIONS_FILE,
    key: `${highest.type}s.${highest.key}`,
    message: `version ${wanted} is activated and no file has it`,
    fix: `activate one of ${present.join(", ")}`,
  };
  problems.push(problem);
  return { ...highest, version: wanted, config: undefined, errors: [problem] };
}
