import { getAt, isTable, type KeyPath, setAt, type Table } from "../../../shared/key-path.ts";
import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import { applyOverrides, type OverrideContext, type OverrideResult, valueOfFile } from "../environment/overrides.ts";
import { variablesOf } from "../environment/variables.ts";
import { connectorFileTree } from "./schema.ts";

/** What the variables of a connector begin with. Both spellings work; most shells cannot export a name with a dash. */
export function variablePrefixes(type: ConnectorType, key: string): readonly string[] {
  const head = `IGGY_CONNECTORS_${type.toUpperCase()}_`;
  const upper = key.toUpperCase();
  return [...new Set([`${head}${upper}_`, `${head}${upper.replaceAll(/[^A-Z0-9]/g, "_")}_`])];
}

/** Assigns each variable to the longest prefix that matches, so that `pg` does not claim the variables of `pg_audit`. */
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

export interface ConnectorOverrides extends OverrideResult {
  /** Paths below `plugin_config` that now hold the text of a variable: only the plugin's schema knows their types. */
  readonly pluginTexts: readonly KeyPath[];
}

/** Applies the variables of a connector to its table. */
export function applyConnectorOverrides(
  value: Table,
  type: ConnectorType,
  prefix: string,
  names: readonly string[],
  context: OverrideContext,
): ConnectorOverrides {
  const stem = prefix.slice(0, -1);
  const variables = variablesOf(connectorFileTree(type), stem).filter(({ path }) => path[0] !== "type");
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
  const pluginTexts: KeyPath[] = [];
  for (const name of names.filter(isPluginName)) {
    const setting = pluginSetting(value, name.slice(pluginStem.length));
    const given = context.environment[name] ?? "";
    const text = setting.isFile ? valueOfFile(name, given, context, problems) : given;
    if (text === undefined) continue;
    setAt(value, ["plugin_config", ...setting.path], text);
    pluginTexts.push(setting.path);
  }
  return { applied: result.applied, problems, pluginTexts };
}

/** Names whose `_FILE` variant names a file with the secret, rather than a setting that happens to end in `_file`. */
const SECRET_NAME = /(password|passphrase|secret|token|credentials?|connection_string|api_key|access_key|dsn)$/;

/** The path that the suffix of a variable names: `__` separates nested keys, one more `_` in front is allowed. */
function pluginSetting(root: Table, suffix: string): { readonly path: KeyPath; readonly isFile: boolean } {
  const segments = suffix.replace(/^_/, "").split("__");
  const path = pluginPath(root, segments);
  const last = segments.pop()!.toLowerCase();
  const stem = last.replace(/_file$/, "");
  const isFile = stem !== last && SECRET_NAME.test(stem) && getAt(root.plugin_config, path) === undefined;
  return isFile ? { path: pluginPath(root, [...segments, stem]), isFile } : { path, isFile };
}

/** The path below `plugin_config`; letter case is ignored where the file has such a key. */
function pluginPath(root: Table, segments: readonly string[]): KeyPath {
  const path: string[] = [];
  for (const segment of segments) {
    const table = getAt(root.plugin_config, path);
    const keys = isTable(table) ? Object.keys(table) : [];
    const lower = segment.toLowerCase();
    path.push(keys.find((key) => key.toLowerCase() === lower) ?? lower);
  }
  return path;
}
