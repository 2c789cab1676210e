import type { ConnectorType } from "../../task/protocol.ts";
import { applyOverrides, type OverrideContext, type OverrideResult, readValueFile } from "../environment/overrides.ts";
import { variablesOf } from "../environment/variables.ts";
import { getAt, isTable, type KeyPath, setAt, type Table } from "../key-path.ts";
import type { ConfigProblem } from "../problem.ts";
import { byAppearance } from "../schema/coerce.ts";
import { sinkFileTree, sourceFileTree } from "./schema.ts";

/** What a connector's variables begin with. Both spellings work; most shells cannot export a name with a dash in it. */
export function variablePrefixes(type: ConnectorType, key: string): readonly string[] {
  const head = `IGGY_CONNECTORS_${type.toUpperCase()}_`;
  const upper = key.toUpperCase();
  return [...new Set([`${head}${upper}_`, `${head}${upper.replaceAll(/[^A-Z0-9]/g, "_")}_`])];
}

/** Which variables belong to which prefix: the longest one that fits, so that `pg` does not claim those of `pg_audit`. */
export function assignVariables(
  names: readonly string[],
  prefixes: readonly string[],
): { readonly byPrefix: ReadonlyMap<string, readonly string[]>; readonly orphans: readonly string[] } {
  const byPrefix = new Map<string, string[]>();
  const orphans: string[] = [];
  const longestFirst = [...new Set(prefixes)].sort((a, b) => b.length - a.length);
  for (const name of names) {
    const prefix = longestFirst.find((candidate) => name.startsWith(candidate));
    if (prefix === undefined) orphans.push(name);
    else byPrefix.set(prefix, [...(byPrefix.get(prefix) ?? []), name]);
  }
  return { byPrefix, orphans };
}

/** Sets, in a connector's table, what its variables say. */
export function applyConnectorOverrides(
  value: Table,
  type: ConnectorType,
  prefix: string,
  names: readonly string[],
  context: OverrideContext,
): OverrideResult {
  const stem = prefix.slice(0, -1);
  const variables = variablesOf(type === "sink" ? sinkFileTree : sourceFileTree, stem).filter(
    ({ path }) => path[0] !== "type",
  );
  const pluginStem = `${stem}_PLUGIN_CONFIG_`;
  const isPluginName = (name: string): boolean =>
    name.startsWith(pluginStem) && !variables.some((v) => v.name === name);
  const result = applyOverrides(
    value,
    variables,
    names.filter((name) => !isPluginName(name)),
    context,
  );
  const problems = [...result.problems];
  for (const name of names.filter(isPluginName)) {
    applyPluginSetting(value, name, name.slice(pluginStem.length), context, problems);
  }
  return { applied: result.applied, problems };
}

/** Names whose `_FILE` variant is a file that holds the secret, rather than a setting that happens to end in `_file`. */
const SECRET_NAME = /(password|passphrase|secret|token|credentials?|connection_string|api_key|access_key|dsn)$/;

function applyPluginSetting(
  root: Table,
  name: string,
  suffix: string,
  context: OverrideContext,
  problems: ConfigProblem[],
): void {
  const segments = suffix.replace(/^_/, "").split("__");
  const present = pluginPath(root, segments);
  let path = present;
  let text = context.environment[name] ?? "";
  const last = segments[segments.length - 1]!.toLowerCase();
  const stem = last.replace(/_file$/, "");
  if (stem !== last && SECRET_NAME.test(stem) && getAt(root, present) === undefined) {
    const content = readValueFile(name, text, context, problems);
    if (content === undefined) return;
    text = content;
    path = pluginPath(root, [...segments.slice(0, -1), stem]);
    setAt(root, path, text);
    return;
  }
  // The worker knows the plugin's schema, not this thread: a setting that is text in the file stays text, however
  // numeric the variable looks; else the original's rules decide.
  setAt(root, path, typeof getAt(root, path) === "string" ? text : byAppearance(text));
}

/** The path below `plugin_config`; a key that the file spells with other letter case is that key. */
function pluginPath(root: Table, segments: readonly string[]): KeyPath {
  const path: string[] = ["plugin_config"];
  for (const segment of segments) {
    const table = getAt(root, path);
    const keys = isTable(table) ? Object.keys(table) : [];
    const lower = segment.toLowerCase();
    path.push(keys.find((key) => key.toLowerCase() === lower) ?? lower);
  }
  return path;
}
