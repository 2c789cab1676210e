import { isDeepStrictEqual } from "node:util";
import { isTable, type KeyPath } from "../../../shared/key-path.ts";
import { SCHEMA_KEY } from "../../../shared/schema-tree/unknown-keys.ts";
import type { ConnectorDefinition } from "../../config/connector-files/definition.ts";

/** Keys that identify a version and are not settings. */
const IDENTITY: ReadonlySet<string> = new Set(["type", "key", "version", "active", SCHEMA_KEY]);

/** The paths at which two versions differ as they are written. Without `before` every path differs. */
export function changesBetween(before: ConnectorDefinition | undefined, after: ConnectorDefinition): KeyPath[] {
  const found: KeyPath[] = [];
  const compare = (left: unknown, right: unknown, path: KeyPath): void => {
    if (isDeepStrictEqual(left, right)) return;
    if (!isTable(left) || !isTable(right)) {
      found.push(path);
      return;
    }
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      if (path.length > 0 || !IDENTITY.has(key))
        compare(left[key] ?? undefined, right[key] ?? undefined, [...path, key]);
    }
  };
  compare(before?.document.written ?? {}, after.document.written, []);
  return found;
}
