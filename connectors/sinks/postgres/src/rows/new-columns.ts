import { type MessageBatch, parsePath, RejectedError } from "@iggy-connectors/sdk";
import type { PostgresSinkConfig } from "../config.ts";
import type { Column } from "../table/column.ts";
import { identifierFault } from "../table/identifiers.ts";
import { type DeclaredColumn, metadataColumns } from "../table/layout.ts";
import { CHANGE_FIELDS, changesOf, type Fields, fieldsOf } from "./changes.ts";
import { folded } from "./field-names.ts";
import { typeOf, widerType } from "./field-types.ts";

/** Messages may invent names without end; a table has room for 1600 columns. */
const MAX_COLUMNS = 400;

/** The columns that `unknown_fields = "add"` makes for a batch. A field that can have none stays unknown. */
export function newColumns(
  config: PostgresSinkConfig,
  columns: ReadonlyMap<string, Column>,
  batch: MessageBatch,
  indexes: readonly number[],
): DeclaredColumn[] {
  const known = new Set([...columns.keys(), ...metadataColumns(config).map(({ name }) => name)]);
  for (const { name, path } of config.columns ?? [])
    known.add(path === undefined ? name : String(parsePath(path).segments[0]));
  if (config.changes === "events") for (const name of CHANGE_FIELDS) known.add(name);
  const types = new Map<string, string>();
  for (const index of indexes) {
    for (const fields of rowsOf(config, batch, index)) {
      for (const name of Object.keys(fields)) {
        if (known.has(name) || known.has(folded(name))) continue;
        const type = typeOf(fields[name] ?? null);
        const former = types.get(name);
        if (type === undefined || (former === undefined && !mayAdd(name, known.size + types.size))) continue;
        types.set(name, former === undefined ? type : widerType(former, type));
      }
    }
  }
  return [...types].map(([name, type]) => ({ name, type }));
}

/** The rows that a message writes; none where it is refused later. */
function rowsOf(config: PostgresSinkConfig, batch: MessageBatch, index: number): Fields[] {
  try {
    const { value } = batch.at(index);
    if (config.changes === "rows") return [fieldsOf(value)];
    return changesOf(value, config, []).flatMap((change) => (change.kind === "write" ? [change.fields] : []));
  } catch (error) {
    if (error instanceof RejectedError) return [];
    throw error;
  }
}

function mayAdd(name: string, columns: number): boolean {
  return columns < MAX_COLUMNS && identifierFault(name) === undefined;
}
