/** What remains to be done for each key after all rows of a batch. */
export interface MergedChanges {
  /** Rows (by number) whose key is to be deleted first. */
  readonly deletes: readonly number[];
  /** The rows to write, one per key: by column, the row (by number) that each takes its value of. */
  readonly writes: readonly (readonly number[])[];
}

/**
 * Merges rows with the same key into one change per key, in their order: a later row wins in each column that it says, and what came
 * before a deletion is gone.
 *
 * @param width columns of a row.
 * @param says whether a row says a column.
 * @param groups the number of the key of each row.
 */
export function mergeChanges(
  width: number,
  says: (column: number, row: number) => boolean,
  groups: readonly number[],
  isDelete: (row: number) => boolean,
): MergedChanges {
  const deletes = new Map<number, number>();
  const writes = new Map<number, number[]>();
  const columns = Array.from({ length: width }, (_, column) => column);
  for (const [row, group] of groups.entries()) {
    if (isDelete(row)) {
      deletes.set(group, row);
      writes.delete(group);
      continue;
    }
    const former = writes.get(group);
    // Written again: its place is that of the last row.
    writes.delete(group);
    writes.set(
      group,
      columns.map((column) => (former === undefined || says(column, row) ? row : former[column]!)),
    );
  }
  const rows = [...writes.values()];
  return { deletes: [...deletes.values()], writes: columns.map((column) => rows.map((row) => row[column]!)) };
}
