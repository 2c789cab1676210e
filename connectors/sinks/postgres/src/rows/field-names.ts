import { RejectedError } from "@iggy-connectors/sdk";

/**
 * Which column takes a field. A field takes the column of its name. Unquoted names of SQL are folded to lower case, so `userId`
 * takes the column `userid`, unless the message has both. Names recur in each message: each is resolved once.
 */
export class FieldNames {
  readonly #columns: ReadonlyMap<string, number>;
  readonly #resolved = new Map<string, number>();

  /** @param columns their numbers by name. */
  constructor(columns: ReadonlyMap<string, number>) {
    this.#columns = columns;
  }

  /** The number of the column; −1: there is none. */
  column(field: string): number {
    const known = this.#resolved.get(field);
    if (known !== undefined) return known;
    const column = this.#columns.get(field) ?? this.#columns.get(folded(field)) ?? -1;
    // Messages may have names without end.
    if (this.#resolved.size < 10_000) this.#resolved.set(field, column);
    return column;
  }

  /** Whether the field has the very name of its column. */
  isExact(field: string): boolean {
    return this.#columns.has(field);
  }
}

/** PostgreSQL folds the letters of ASCII only, in UTF-8. */
export function folded(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

export function ambiguous(column: string, one: string, other: string): RejectedError {
  return new RejectedError(
    `the fields ${JSON.stringify(one)} and ${JSON.stringify(other)} both stand for the column ${column}`,
    { code: "IGC_SINK_POSTGRES_UNKNOWN_FIELD", place: column, fix: "name the field in columns[].path" },
  );
}
