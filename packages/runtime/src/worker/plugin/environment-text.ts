import { getAt, type KeyPath, setAt, type Table } from "../../shared/key-path.ts";
import { coerceText } from "../../shared/schema-tree/coerce.ts";
import { memberOf, type SchemaNode } from "../../shared/schema-tree/schema-tree.ts";

/**
 * A copy of `value` in which the text at `paths`, which came from the environment, has the type that the schema asks for
 * there. Text that has none of the accepted types stays text, so that validation reports it.
 */
export function typeEnvironmentText(value: Table, paths: readonly KeyPath[], tree: SchemaNode): Table {
  const typed = structuredClone(value);
  for (const path of paths) {
    const text = getAt(typed, path);
    if (typeof text !== "string") continue;
    const node = path.reduce<SchemaNode | undefined>((parent, key) => parent && memberOf(parent, key), tree);
    setAt(typed, path, coerceText(text, node ?? {}) ?? text);
  }
  return typed;
}
