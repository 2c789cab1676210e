import type { Cell } from "../rows/column-rows.ts";

/** What remains to be done for each key after all rows of a batch. */
export interface MergedChanges {
  /** Rows (by number) whose key is to be deleted first. */
  readonly deletes: readonly number[];
  /** Cells by column of the rows to write, one per key. */
  readonly writes: readonly (readonly Cell[])[];
}

/**
 * Merges rows with the same key into one change per key, in their order: a later row wins in each column that it says, and what came
 * before a deletion is gone.
 *
 * @param cells by column, then row.
 * @param groups the number of the key of each row.
 */
export function mergeChanges(
  cells: readonly (readonly Cell[])[],
  groups: readonly number[],
  isDelete: (row: number) => boolean,
): MergedChanges {
  const deletes = new Map<number, number>();
  const writes = new Map<number, Cell[]>();
  for (const [row, group] of groups.entries()) {
    if (isDelete(row)) {
      deletes.set(group, row);
      writes.delete(group);
      continue;
    }
    const values = cells.map((column) => column[row]);
    const former = writes.get(group);
    // Written again: its place is that of the last row.
    writes.delete(group);
    writes.set(
      group,
      former === undefined ? values : values.map((cell, column) => (cell === undefined ? former[column] : cell)),
    );
  }
  const rows = [...writes.values()];
  return { deletes: [...deletes.values()], writes: cells.map((_, column) => rows.map((row) => row[column])) };
}
