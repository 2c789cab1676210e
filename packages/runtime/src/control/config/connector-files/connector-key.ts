import { printableLine } from "../../../shared/printable.ts";
import type { ConnectorIdentity } from "../connector-identity.ts";
import type { ConfigProblem } from "../problem.ts";

/** Characters of a key, percent-encoded: files, consumer groups and topics are named after it, none longer than 255 bytes. */
const MAX_KEY = 200;

/** What is wrong with a key; `undefined`: nothing. It may have any characters that can be seen, as in the original. */
export function keyProblem(key: string): Pick<ConfigProblem, "message" | "fix"> | undefined {
  if (key === "") return { message: "must be a non-empty string", fix: "give it a name" };
  const fix = "use letters, digits, - and _";
  if (!key.isWellFormed() || printableLine(key) !== key) {
    return { message: `has characters that cannot be seen: "${printableLine(key)}"`, fix };
  }
  if (key.trim() !== key) return { message: `begins or ends with a space: ${JSON.stringify(key)}`, fix };
  if (key === "." || key === "..") return { message: `${JSON.stringify(key)} cannot be part of a path`, fix };
  const length = encodeURIComponent(key).length;
  if (length > MAX_KEY) {
    return { message: `is too long: ${length} characters, percent-encoded`, fix: `use at most ${MAX_KEY}` };
  }
  return undefined;
}

interface NamedFile extends ConnectorIdentity {
  readonly file: string;
}

/**
 * Warnings about connectors of one type whose keys differ only in letter case, in punctuation or in the form of a character:
 * they share the names of their environment variables, and where letter case does not count also those of files.
 */
export function similarKeys(connectors: readonly NamedFile[]): ConfigProblem[] {
  const groups = Map.groupBy(connectors, ({ type, key }) => `${type} ${sharedName(key)}`);
  return [...groups.values()].flatMap((group) => {
    const keys = [...new Set(group.map(({ key }) => key))];
    if (keys.length < 2) return [];
    return group
      .filter(({ key }) => key !== keys[0])
      .map(({ type, key, file }) => ({
        severity: "warning",
        code: "IGC_CONFIG_SIMILAR_KEYS",
        file,
        key: "key",
        message: `${JSON.stringify(key)} and ${JSON.stringify(keys[0])} are too similar: the same variables IGGY_CONNECTORS_${type.toUpperCase()}_… set both`,
        fix: "choose keys that differ in letters or digits",
      }));
  });
}

function sharedName(key: string): string {
  return key
    .normalize("NFKC")
    .toUpperCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, "_");
}
