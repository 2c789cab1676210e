import type { MessageBatch } from "@iggy-connectors/sdk";

/** Where messages go, after templates are rendered. */
export interface Destination {
  /** Path and query; undefined: the configured URL as it is. */
  readonly path: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** Messages of a batch that go out in one request, in order. */
export interface Part {
  readonly batch: MessageBatch;
  /** Indexes in the batch, ascending. */
  readonly indexes: readonly number[];
  readonly destination: Destination;
}

/** Nearly equal pieces, in order. */
export function splitPart(part: Part, pieces: number): Part[] {
  const size = Math.ceil(part.indexes.length / Math.min(pieces, part.indexes.length));
  const split: Part[] = [];
  for (let from = 0; from < part.indexes.length; from += size) {
    split.push({ ...part, indexes: part.indexes.slice(from, from + size) });
  }
  return split;
}

export function isContiguous({ indexes }: Part): boolean {
  return indexes.at(-1)! - indexes[0]! + 1 === indexes.length;
}
