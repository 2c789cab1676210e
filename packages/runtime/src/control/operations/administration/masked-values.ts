import { SECRET_MASK } from "@iggy-connectors/sdk/internal";
import { formatKey, getAt, isTable, type KeyPath, setKey, type Table } from "../../../shared/key-path.ts";
import type { ConnectorDocument } from "../../config/connector-files/definition.ts";
import type { ConfigProblem } from "../../config/problem.ts";

export interface Unmasked {
  readonly document: Table;
  /** Paths whose masks were replaced by the values of the active version. */
  readonly kept: readonly KeyPath[];
  readonly problems: readonly ConfigProblem[];
}

/**
 * Replaces the masks in a configuration that was read, edited and sent back by the values of the active version. A value
 * that the environment sets is left out, so that no secret of the environment is ever written to a file. A mask without a
 * value is a problem.
 */
export function withoutMasks(sent: Table, current: ConnectorDocument | undefined): Unmasked {
  const problems: ConfigProblem[] = [];
  const kept: KeyPath[] = [];
  const fromEnvironment = new Set((current?.overrides ?? []).map(({ path }) => formatKey(path)));
  const restore = (value: unknown, path: KeyPath): unknown => {
    if (value === SECRET_MASK) {
      const written = getAt(current?.written, path);
      kept.push(path);
      if (written !== undefined) return written;
      if (fromEnvironment.has(formatKey(path))) return undefined;
      problems.push({
        severity: "error",
        code: "IGC_CONFIG_MASKED",
        key: formatKey(path),
        message: "is a mask, but the active version has no value here",
        fix: "send the value",
      });
      return value;
    }
    if (Array.isArray(value)) return value.map((item, index) => restore(item, [...path, index]));
    if (!isTable(value)) return value;
    const table: Table = {};
    for (const [key, member] of Object.entries(value)) {
      const restored = restore(member, [...path, key]);
      if (restored !== undefined) setKey(table, key, restored);
    }
    return table;
  };
  return { document: restore(sent, []) as Table, kept, problems };
}
