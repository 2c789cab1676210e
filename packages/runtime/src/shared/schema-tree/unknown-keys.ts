import { suggest } from "@iggy-connectors/sdk/internal";
import { formatKey, isTable, type KeyPath } from "../key-path.ts";

import { memberOf, propertiesOf, type SchemaNode } from "./schema-tree.ts";

export interface UnknownKey {
  readonly path: KeyPath;
  /** The path as it is written: `streams[0].schma`. */
  readonly key: string;
  /** Names the known key that was probably meant. */
  readonly fix: string;
}

/** Names the schema of a file for editors; it is not a setting. */
export const SCHEMA_KEY = "$schema";

/** Keys that the schema does not know. */
export function unknownKeys(node: SchemaNode, value: unknown, path: KeyPath = []): UnknownKey[] {
  if (Array.isArray(value)) {
    const item = memberOf(node, 0);
    return item === undefined ? [] : value.flatMap((member, index) => unknownKeys(item, member, [...path, index]));
  }
  if (!isTable(value)) return [];
  const properties = propertiesOf(node);
  const found: UnknownKey[] = [];
  for (const [key, member] of Object.entries(value)) {
    if (path.length === 0 && key === SCHEMA_KEY) continue;
    const known = memberOf(node, key);
    if (known !== undefined) found.push(...unknownKeys(known, member, [...path, key]));
    else if (properties !== undefined) {
      const unknown = [...path, key];
      const suggestion = suggest(key, Object.keys(properties));
      const fix = suggestion === undefined ? "remove it" : `did you mean ${suggestion}?`;
      found.push({ path: unknown, key: formatKey(unknown), fix });
    }
  }
  return found;
}
