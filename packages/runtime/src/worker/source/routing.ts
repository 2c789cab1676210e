import { type ProducedMessage, RejectedError } from "@iggy-connectors/sdk";
import type { TransformedMessages } from "@iggy-connectors/transforms";

/** What can be named by a message: a `[[streams]]` entry. */
interface Named {
  readonly spec: { readonly name: string | undefined };
}

/** The messages of a transformed batch that go to one stream. */
interface Route<Target extends Named> {
  readonly target: Target;
  /** Rows of the batch, ascending; undefined: all. */
  readonly rows: Uint32Array | undefined;
}

export interface Routes<Target extends Named> {
  readonly routes: readonly Route<Target>[];
  /** Messages that name a stream which is none of the connector's, by the index of the source's message. */
  readonly lost: readonly { readonly index: number; readonly error: RejectedError }[];
}

/**
 * A message that names a stream goes there; one that does not goes to every stream. `targets` are those whose messages these
 * are, `all` those that may be named.
 */
export function routeMessages<Target extends Named>(
  { messages, indexes }: TransformedMessages,
  targets: readonly Target[],
  all: readonly Target[] = targets,
): Routes<Target> {
  if (!messages.some(({ stream }) => stream !== undefined)) {
    return { routes: targets.map((target) => ({ target, rows: undefined })), lost: [] };
  }
  const lost = new Map<number, RejectedError>();
  for (const [row, { stream }] of messages.entries()) {
    if (stream === undefined || all.some(({ spec }) => spec.name === stream)) continue;
    const index = indexes === undefined ? row : indexes[row]!;
    if (!lost.has(index)) lost.set(index, unknownStream(stream, all));
  }
  const routes = targets.map((target) => ({ target, rows: rowsFor(messages, target) }));
  return {
    routes: routes.filter(({ rows }) => rows.length > 0),
    lost: [...lost].map(([index, error]) => ({ index, error })),
  };
}

function rowsFor(messages: readonly ProducedMessage[], { spec }: Named): Uint32Array {
  const rows = new Uint32Array(messages.length);
  let count = 0;
  for (const [row, { stream }] of messages.entries()) {
    if (stream === undefined || stream === spec.name) rows[count++] = row;
  }
  return rows.subarray(0, count);
}

function unknownStream(name: string, targets: readonly Named[]): RejectedError {
  const names = targets.flatMap(({ spec }) => (spec.name === undefined ? [] : [spec.name]));
  return new RejectedError(`a message names stream "${name}", which is none of this connector's`, {
    code: "IGC_SOURCE_STREAM_UNKNOWN",
    fix: names.length === 0 ? "give the [[streams]] entries names" : `name one of ${names.join(", ")}`,
  });
}
