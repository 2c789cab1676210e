import { SECRET_MASK } from "@iggy-connectors/sdk/internal";
import { formatKey, getAt, isTable, type KeyPath, setKey, type Table } from "../../../shared/key-path.ts";
import type { ConnectorDocument } from "../../config/connector-files/definition.ts";
import type { ConfigProblem } from "../../config/problem.ts";

/**
 * Replaces the masks in a configuration that was read, edited and sent back by the values of the active version. A value
 * that the environment sets is left out, so that no secret of the environment is ever written to a file. A mask without a
 * value is a problem.
 */
export function withoutMasks(
  sent: Table,
  current: ConnectorDocument | undefined,
): { readonly document: Table; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const fromEnvironment = new Set((current?.overrides ?? []).map(({ path }) => formatKey(path)));
  const restore = (value: unknown, path: KeyPath): unknown => {
    if (value === SECRET_MASK) {
      const written = getAt(current?.written, path);
      if (written !== undefined) return written;
      if (fromEnvironment.has(formatKey(path))) return undefined;
      problems.push({
        severity: "error",
        code: "IGC_CONFIG_MASKED",
        key: formatKey(path),
        message: "is a mask, but the active version has no value here",
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of a reference
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
