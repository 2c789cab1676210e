import { isDeepStrictEqual } from "node:util";
import { SECRET_MASK } from "@iggy-connectors/sdk/internal";
import { formatKey, getAt, isTable, type KeyPath, type Table } from "../../../shared/key-path.ts";
import { memberOf, type SchemaNode, typesOf } from "../../../shared/schema-tree/schema-tree.ts";
import { type ConnectorDocument, withOverrides } from "../../config/connector-files/definition.ts";
import type { ConfigProblem } from "../../config/problem.ts";

export interface KeptSecrets {
  /** The document with its secrets put back. */
  readonly document: Table;
  /** Where it has values that its sender does not know: masks put back, placeholders, secrets of the environment. */
  readonly kept: readonly KeyPath[];
  /** The active version; `undefined`: there is none. */
  readonly active: ConnectorDocument | undefined;
  /** The settings of the plugin; `undefined`: it cannot be described. */
  readonly pluginSchema: SchemaNode | undefined;
}

/**
 * Problems with values that the sender of a document does not know. Such a value may be used as before, and nowhere else: an
 * edited address would send it to the editor. So what belongs together with it (the plugin and its settings, the
 * registry of a stream, a transform) must be as in the active version, except for settings that cannot name a destination.
 */
export function movedSecrets({ document, kept, active, pluginSchema }: KeptSecrets): ConfigProblem[] {
  const shown = active === undefined ? undefined : withOverrides(active, SECRET_MASK);
  const problems: ConfigProblem[] = [];
  for (const path of kept) {
    const scope = scopeOf(path);
    const schema = scope[0] === "plugin_config" ? pluginSchema : undefined;
    const places: readonly (readonly [KeyPath, SchemaNode | undefined])[] = [
      [["path"], undefined],
      [scope, schema],
    ];
    const changed = places.flatMap(([place, node]) =>
      differences(getAt(document, place), [getAt(active?.written, place), getAt(shown, place)], node, place),
    )[0];
    if (changed === undefined) continue;
    problems.push({
      severity: "error",
      code: "IGC_CONFIG_SECRET_MOVED",
      key: formatKey(path),
      message:
        active === undefined
          ? "the environment has a value for this connector, which a configuration sent over the API would use first"
          : `a value that is kept would be used with another ${formatKey(changed)} than in the active version`,
      fix:
        active === undefined
          ? "write the connector's first version to a file in connectors.config_dir, or unset the variable"
          : "send the value itself, or change the connector's file",
    });
  }
  return problems;
}

/** What is used together with a value: all settings of the plugin, one table of a stream, one transform. */
function scopeOf(path: KeyPath): KeyPath {
  switch (path[0]) {
    case "plugin_config":
      return path.slice(0, 1);
    case "streams":
      return path.slice(0, Math.max(1, Math.min(path.length - 1, 3)));
    case "transforms":
      return path.slice(0, 2);
    default:
      return path;
  }
}

/** Paths at which a value is neither of those that count as the same. */
function differences(value: unknown, same: readonly unknown[], node: SchemaNode | undefined, path: KeyPath): KeyPath[] {
  if (same.some((one) => isDeepStrictEqual(value ?? undefined, one ?? undefined))) return [];
  if (node !== undefined && namesNoDestination(node, path)) return [];
  const tables = [value, ...same].filter(isTable);
  if (!isTable(value) || tables.length === 1) return [path];
  const keys = new Set(tables.flatMap((table) => Object.keys(table)));
  return [...keys].flatMap((key) =>
    differences(
      getAt(value, [key]),
      same.map((one) => getAt(one, [key])),
      node && memberOf(node, key),
      [...path, key],
    ),
  );
}

/** Durations, sizes and numbers, except those of ports. */
function namesNoDestination(node: SchemaNode, path: KeyPath): boolean {
  if (node.unit === "duration" || node.unit === "bytes") return true;
  const types = [...typesOf(node)];
  const numeric = types.length > 0 && types.every((type) => type === "integer" || type === "number");
  return numeric && !/port/i.test(String(path.at(-1)));
}
