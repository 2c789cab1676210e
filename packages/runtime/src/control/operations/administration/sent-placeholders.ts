import { isAbsolute, resolve } from "node:path";
import { isWithin } from "../../../shared/is-within.ts";
import { formatKey, getAt, isTable, type KeyPath, setKey, type Table } from "../../../shared/key-path.ts";
import type { ConnectorDocument } from "../../config/connector-files/definition.ts";
import { placeholdersIn, withoutPlaceholders } from "../../config/interpolate.ts";
import type { ConfigProblem } from "../../config/problem.ts";

export interface CheckedPlaceholders {
  /** The document with the refused placeholders escaped: reading it resolves none of them. */
  readonly document: Table;
  /** Paths of texts that have their placeholders from the active version. */
  readonly kept: readonly KeyPath[];
  readonly problems: readonly ConfigProblem[];
}

/**
 * A placeholder reads a variable or a file of this machine. In a configuration that was sent it is accepted where the active
 * version has the same text at the same place, and where `http.allowed_placeholders` names what it refers to.
 */
export function checkPlaceholders(
  sent: Table,
  current: ConnectorDocument | undefined,
  allowed: readonly string[],
  workingDirectory: string,
): CheckedPlaceholders {
  const problems: ConfigProblem[] = [];
  const kept: KeyPath[] = [];
  const check = (value: unknown, path: KeyPath): unknown => {
    if (typeof value === "string") return value.includes("${") ? text(value, path) : value;
    if (Array.isArray(value)) return value.map((item, index) => check(item, [...path, index]));
    if (!isTable(value)) return value;
    const table: Table = {};
    for (const [key, member] of Object.entries(value)) setKey(table, key, check(member, [...path, key]));
    return table;
  };
  const text = (value: string, path: KeyPath): string => {
    const refused = placeholdersIn(value).filter((one) => !isAllowed(one, allowed, workingDirectory));
    const [first] = refused;
    if (first === undefined) return value;
    if (getAt(current?.written, path) === value) {
      kept.push(path);
      return value;
    }
    problems.push({
      severity: "error",
      code: "IGC_CONFIG_PLACEHOLDER_NOT_ALLOWED",
      key: formatKey(path),
      message: `refers to ${JSON.stringify(first)}, which a configuration sent over the API may not read`,
      fix: `send the value, add ${JSON.stringify(first)} to http.allowed_placeholders, or write $\${ for the literal text \${`,
    });
    return withoutPlaceholders(value);
  };
  return { document: check(sent, []) as Table, kept, problems };
}

/** A variable is allowed by its name, a file by its path or a folder above it. */
function isAllowed(placeholder: string, allowed: readonly string[], workingDirectory: string): boolean {
  if (!placeholder.startsWith("file:")) return allowed.includes(placeholder);
  const file = resolve(workingDirectory, placeholder.slice("file:".length));
  return allowed.some((one) => {
    const folder = one.startsWith("file:") ? one.slice("file:".length) : "";
    return folder !== "" && isAbsolute(file) && isWithin(resolve(workingDirectory, folder), file);
  });
}
