import type { Codec } from "@iggy-connectors/codecs";
import { isPacked, type ProducedMessages, RejectedError, type Schema } from "@iggy-connectors/sdk";
import type { MessageFailure, ProducePlan, TransformedMessages } from "@iggy-connectors/transforms";

/** A stream that messages can go to: a `[[streams]]` entry. */
interface Target {
  /** `name`: how a message names it. */
  readonly spec: { readonly name: string | undefined };
}

/** Second stage of a batch: transformed once for all streams that read the source's bytes in the same way. */
export interface TransformedBatch<Stream extends Target> {
  readonly transformed: TransformedMessages;
  /** Those streams; at least one. */
  readonly streams: readonly Stream[];
  /** Each stream that messages go to, with their rows, ascending; undefined: all rows. */
  readonly routes: readonly { readonly target: Stream; readonly rows: Uint32Array | undefined }[];
  /** Messages that a transform failed on, or that name a stream which the connector does not have. */
  readonly failed: readonly MessageFailure[];
}

/** Runs the transforms. `readerOf`: what reads the source's bytes for a stream. */
export function transformBatch<Stream extends Target>(
  plan: ProducePlan,
  messages: ProducedMessages,
  streams: readonly Stream[],
  readerOf: (stream: Stream) => Codec | Schema,
): TransformedBatch<Stream>[] {
  return [...new Set(streams.map(readerOf))].map((reader) => {
    const transformed = plan.transform(messages, reader);
    const sameReader = streams.filter((stream) => readerOf(stream) === reader);
    return routed(transformed, sameReader, streams);
  });
}

/** A message that names a stream goes there; one that does not goes to every stream. `all` are those that may be named. */
function routed<Stream extends Target>(
  transformed: TransformedMessages,
  streams: readonly Stream[],
  all: readonly Stream[],
): TransformedBatch<Stream> {
  const { messages, failed } = transformed;
  if (!namesStream(messages)) {
    return { transformed, streams, routes: streams.map((target) => ({ target, rows: undefined })), failed };
  }
  const routes = streams.map((target) => ({ target, rows: rowsFor(messages, target) }));
  return {
    transformed,
    streams,
    routes: routes.filter(({ rows }) => rows.length > 0),
    failed: [...failed, ...unroutable(transformed, all)],
  };
}

function namesStream(messages: ProducedMessages): boolean {
  return isPacked(messages) ? messages.stream !== undefined : messages.some(({ stream }) => stream !== undefined);
}

/** The stream that the message of a row names. */
function streamOf(messages: ProducedMessages, row: number): string | undefined {
  return isPacked(messages) ? messages.stream : messages[row]!.stream;
}

function rowsFor(messages: ProducedMessages, { spec }: Target): Uint32Array {
  const rows = new Uint32Array(messages.length);
  let count = 0;
  for (let row = 0; row < messages.length; row++) {
    const stream = streamOf(messages, row);
    if (stream === undefined || stream === spec.name) rows[count++] = row;
  }
  return rows.subarray(0, count);
}

function unroutable({ messages, indexes }: TransformedMessages, all: readonly Target[]): MessageFailure[] {
  const failures = new Map<number, MessageFailure>();
  for (let row = 0; row < messages.length; row++) {
    const stream = streamOf(messages, row);
    if (stream === undefined || all.some(({ spec }) => spec.name === stream)) continue;
    const index = indexes === undefined ? row : indexes[row]!;
    if (failures.has(index)) continue;
    failures.set(index, { index, stage: "send", error: unknownStream(stream, all), attempts: 1 });
  }
  return [...failures.values()];
}

function unknownStream(name: string, targets: readonly Target[]): RejectedError {
  const names = targets.flatMap(({ spec }) => (spec.name === undefined ? [] : [spec.name]));
  return new RejectedError(`a message names stream "${name}", which this connector does not have`, {
    code: "IGC_SOURCE_STREAM_UNKNOWN",
    fix: names.length === 0 ? "give the [[streams]] entries names" : `name one of ${names.join(", ")}`,
  });
}
