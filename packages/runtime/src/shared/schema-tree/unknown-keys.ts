import { suggest } from "@iggy-connectors/sdk/internal";
import { isTable, type KeyPath } from "../key-path.ts";
import { memberOf, propertiesOf, type SchemaNode } from "./schema-tree.ts";

export interface UnknownKey {
  readonly path: KeyPath;
  readonly suggestion: string | undefined;
}

/** What editors read to find the schema of a file; it belongs to no setting. */
export const SCHEMA_KEY = "$schema";

/** Keys that the schema does not know, each with the known one that was probably meant. */
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
      found.push({ path: [...path, key], suggestion: suggest(key, Object.keys(properties)) });
    }
  }
  return found;
}
