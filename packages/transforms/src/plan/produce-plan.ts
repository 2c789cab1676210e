import { hash } from "node:crypto";
import type { ConnectorError, ProducedMessage, Schema } from "@iggy-connectors/sdk";
import type { Codec } from "@iggy-connectors/sdk/internal";
import { OutputPool } from "@iggy-connectors/sdk/internal";
import { TransformPlan } from "../chain/transform-plan.ts";
import type { MessageFailure } from "./message-failure.ts";
import { ProducedColumn } from "./payload-column.ts";
import { PayloadEncoder } from "./payload-encoder.ts";
import { producedCodec } from "./produced-codec.ts";
import type { RowExtras, Rows } from "./rows.ts";
import { type MessageTrace, traceMessage } from "./trace.ts";
import { ColumnTransformer } from "./transform-column.ts";

/** The messages of a produced batch after the connector's transforms, not yet encoded for a stream. */
export interface TransformedMessages {
  /** What came out, in order: the source's own objects where nothing but the payload changed. */
  readonly messages: readonly ProducedMessage[];
  /** For each of them the index of the message that it was made of; absent: the same index. */
  readonly indexes: Uint32Array | undefined;
  /** Number of messages that a transform left out. */
  readonly filtered: number;
  /** The same by the transform's name. */
  readonly filteredBy: ReadonlyMap<string, number>;
  /** In no particular order. */
  readonly failed: readonly MessageFailure<ConnectorError>[];
  readonly rows: Rows;
  readonly reader: Codec;
}

/** What is sent to one stream. */
export interface ProduceResult {
  /** For each payload the message that it belongs to, whose own payload does not count. */
  readonly messages: readonly ProducedMessage[];
  /** For each payload the index of the source's message, ascending. */
  readonly indexes: Uint32Array;
  readonly payloads: readonly Uint8Array[];
  /** By the index of the source's message, each once, in no particular order. */
  readonly failed: readonly MessageFailure<ConnectorError>[];
  /** Nobody looks at `payloads` any more: their memory may serve the next batch. Optional to call. */
  release(): void;
}

/** From a source's messages to what is sent: the same transforms as for sinks, once, then each stream's encoder. */
export interface ProducePlan {
  /** `schema`: how payload bytes are to be read, and what the values are. Invariant 4: every message is in rows, filtered or failed. */
  transform(messages: readonly ProducedMessage[], schema: Codec | Schema): TransformedMessages;
  /** `rows`: which of the messages go to the stream, ascending; default: all. `schema`: the stream's. */
  encode(transformed: TransformedMessages, schema: Codec | Schema, rows?: Uint32Array): ProduceResult;
  /** The way of one message through the transforms, to be shown. `schema`: as for `transform`. */
  trace(messages: readonly ProducedMessage[], schema: Codec | Schema, index: number): MessageTrace;
}

/** The plan of a source: transforms what it produced once, and encodes the outcome for each stream it goes to. */
export function createProducePlan(transforms: TransformPlan = new TransformPlan([])): ProducePlan {
  const readers = new Map<Codec, ColumnTransformer>();
  const memory = new OutputPool();
  return {
    trace: (messages, schema, index) => traceMessage(asCodec(schema), transforms, new ProducedColumn(messages), index),
    transform(messages, schema) {
      const reader = asCodec(schema);
      const transformer = readers.get(reader) ?? new ColumnTransformer(reader, transforms, { validate: false });
      readers.set(reader, transformer);
      const rows = transformer.run(new ProducedColumn(messages), 0);
      const { indexes, filtered, filteredBy, failed } = rows;
      return { messages: rowMessages(messages, rows), indexes, filtered, filteredBy, failed, rows, reader };
    },
    encode({ messages, indexes, rows, reader }, schema, selected) {
      const encoder = new PayloadEncoder(messages, rows, reader, asCodec(schema), memory);
      const count = selected?.length ?? messages.length;
      const kept = new Uint32Array(count);
      const origins = new Uint32Array(count);
      let length = 0;
      for (let position = 0; position < count; position++) {
        const row = selected === undefined ? position : selected[position]!;
        const index = indexes === undefined ? row : indexes[row]!;
        if (!encoder.add(row, index)) continue;
        kept[length] = row;
        origins[length++] = index;
      }
      const whole = length === messages.length;
      return {
        messages: whole ? messages : Array.from(kept.subarray(0, length), (row) => messages[row]!),
        indexes: origins.subarray(0, length),
        payloads: encoder.payloads(),
        failed: encoder.failed,
        release: () => encoder.release(),
      };
    },
  };
}

function asCodec(schema: Codec | Schema): Codec {
  return typeof schema === "string" ? producedCodec(schema) : schema;
}

function rowMessages(
  messages: readonly ProducedMessage[],
  { indexes, extras, derived }: Rows,
): readonly ProducedMessage[] {
  if (indexes === undefined && extras === undefined) return messages;
  const made: ProducedMessage[] = [];
  const count = indexes?.length ?? messages.length;
  let part = 0;
  for (let row = 0; row < count; row++) {
    const index = indexes === undefined ? row : indexes[row]!;
    part = derived && row > 0 && indexes![row - 1] === index ? part + 1 : 0;
    made.push(withExtras(messages[index]!, extras?.[row], part));
  }
  return made;
}

function withExtras(message: ProducedMessage, extras: RowExtras | undefined, part: number): ProducedMessage {
  if (extras === undefined && part === 0) return message;
  const { headers, target, key } = extras ?? {};
  return {
    ...message,
    ...(headers === undefined ? {} : { headers }),
    ...(target === undefined ? {} : { stream: target }),
    ...(key === undefined ? {} : { key }),
    ...(part === 0 || message.id === undefined ? {} : { id: partId(message.id, part) }),
  };
}

/** Parts of one message need ids of their own, the same ones when it comes again; the first keeps the message's. */
function partId(id: bigint, part: number): bigint {
  // An id of zero would be replaced by a random one.
  return BigInt(`0x${hash("sha256", `${id}/${part}`).slice(0, 32)}`) || 1n;
}
