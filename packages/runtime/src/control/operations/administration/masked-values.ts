import { SECRET_MASK } from "@iggy-connectors/sdk/internal";
import { formatKey, getAt, isTable, type KeyPath, setKey, type Table } from "../../../shared/key-path.ts";
import type { ConnectorDocument } from "../../config/connector-files/read-connector.ts";
import type { ConfigProblem } from "../../config/problem.ts";

/**
 * Undoes the masks of a configuration that was read, edited and sent back: a mask means "as it is". What the environment
 * sets is left out, so that no secret of the environment is ever written to a file. A mask of which nobody knows what it
 * stands for is a problem.
 */
export function withoutMasks(
  sent: Table,
  present: ConnectorDocument | undefined,
): { readonly document: Table; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const fromEnvironment = new Set((present?.overrides ?? []).map(({ path }) => formatKey(path)));
  const restore = (value: unknown, path: KeyPath): unknown => {
    if (value === SECRET_MASK) {
      const written = getAt(present?.written, path);
      if (written !== undefined) return written;
      if (fromEnvironment.has(formatKey(path))) return undefined;
      problems.push({
        severity: "error",
        code: "IGC_CONFIG_MASKED",
        key: formatKey(path),
        message: "is a mask, and the active version has no value here that it could stand for",
        // biome-ignore lint/suspicious/noTemplateCurlyInString: this is how one writes a reference
        fix: "send the value, or a reference to it such as ${NAME} or ${file:/run/secrets/name}",
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
  return { document: restore(sent, []) as Table, problems };
}
