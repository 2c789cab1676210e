import type { MessageBatch } from "@iggy-connectors/sdk";
import type { RowSet } from "./row-output.ts";

/** Rows with the same columns. */
export interface Run {
  readonly columns: readonly string[];
  readonly rows: RowSet;
  /** The message in the batch that a row was made of. */
  readonly indexes: readonly number[];
  /** Rows that are to be deleted by their key; all others are to be written. */
  readonly deletes?: ReadonlySet<number>;
  /** The table is to be emptied before. */
  readonly truncates?: boolean;
}

/** The rows of a batch, in its order, and the messages that cannot become one, by their offset. */
export interface EncodedBatch {
  readonly runs: readonly Run[];
  readonly rejected: ReadonlyMap<bigint, unknown>;
  /** Some message has a field that has no column. */
  readonly unknownFields?: boolean;
}

/** Makes rows of the messages of a batch at these indexes. */
export type Encode = (batch: MessageBatch, indexes: readonly number[]) => EncodedBatch;

/** Makes an empty set of rows of that many columns. `partial`: some rows do not say all of them. */
export type NewRows = (width: number, expectedBytes: number, partial: boolean) => RowSet;

/**
 * Encodes; of messages that a transform made of one, either all become rows or none, as they end together.
 */
export function encodeWhole(batch: MessageBatch, indexes: readonly number[], encode: Encode): EncodedBatch {
  let encoded = encode(batch, indexes);
  if (batch.consumed === batch.length) return encoded;
  const rejected = new Map(encoded.rejected);
  let remaining = indexes;
  while (encoded.rejected.size > 0) {
    remaining = remaining.filter((index) => !rejected.has(batch.offset(index)));
    encoded = encode(batch, remaining);
    for (const [offset, error] of encoded.rejected) rejected.set(offset, error);
  }
  return { ...encoded, rejected };
}
