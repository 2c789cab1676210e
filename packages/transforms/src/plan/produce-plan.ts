import { hash } from "node:crypto";
import { type Codec, producedCodec } from "@iggy-connectors/codecs";
import {
  isPacked,
  messageAt,
  type PackedMessages,
  type ProducedMessage,
  type ProducedMessages,
  type Schema,
} from "@iggy-connectors/sdk";
import { OutputPool } from "../batch/output-pool.ts";
import { TransformPlan } from "../chain/transform-plan.ts";
import { ChainRunner } from "./chain-runner.ts";
import type { PlanFailure } from "./message-failure.ts";
import { PayloadEncoder, type PayloadRanges } from "./payload-encoder.ts";
import { producedInput } from "./plan-input.ts";
import type { MessageAttributes, PlanOutput } from "./plan-output.ts";
import { type MessageTrace, traceMessage } from "./trace.ts";

/** The messages of a produced batch after the connector's transforms, not yet encoded for a stream. */
export interface TransformedMessages {
  /** The messages that came out, in order: what the source produced where nothing but payloads changed. */
  readonly messages: ProducedMessages;
  /** For each of them the index of the message that it was made of; absent: the same index. */
  readonly indexes: Uint32Array | undefined;
  /** Number of messages that a transform filtered. */
  readonly filtered: number;
  /** The same by the transform's name. */
  readonly filteredBy: ReadonlyMap<string, number>;
  /** In no particular order. */
  readonly failed: readonly PlanFailure[];
  /** What `encode` reads; `release` gives its memory back when the messages are encoded for every stream. */
  readonly output: PlanOutput;
  readonly reader: Codec;
}

/** What is sent to one stream. */
export interface ProduceResult {
  /** For each payload the message that it belongs to. The message's own payload is not the one that is sent. */
  readonly messages: ProducedMessages;
  /** For each payload the index of the source's message, ascending. */
  readonly indexes: Uint32Array;
  readonly payloads: PayloadRanges;
  /** By the index of the source's message, each once, in no particular order. */
  readonly failed: readonly PlanFailure[];
  /** Gives the memory of `payloads` back for the next batch. They must not be read afterwards. Calling it is optional. */
  release(): void;
}

/** From a source's messages to what is sent: the transforms, once, then the encoder of each stream. */
export interface ProducePlan {
  /**
   * `schema`: how payload bytes are read, and what the values are; bytes that it cannot read fail. Invariant 4: every message is in
   * `messages`, filtered or failed.
   */
  transform(messages: ProducedMessages, schema: Codec | Schema): TransformedMessages;
  /** `rows`: positions in `transformed.messages` of those that go to the stream, ascending; default: all. `schema`: the stream's. */
  encode(transformed: TransformedMessages, schema: Codec | Schema, rows?: Uint32Array): ProduceResult;
  /** What one message is at each point of its chain, for display. `schema`: as for `transform`. */
  trace(messages: ProducedMessages, schema: Codec | Schema, index: number): MessageTrace;
}

/** Compiles the plan of a source. */
export function createProducePlan(transforms: TransformPlan = new TransformPlan([])): ProducePlan {
  const runners = new Map<Codec, ChainRunner>();
  const memory = new OutputPool();
  return {
    trace: (messages, schema, index) => traceMessage(asCodec(schema), transforms, producedInput(messages), index),
    transform(messages, schema) {
      const reader = asCodec(schema);
      // Invariant 9: bytes that nothing decodes are checked, so that what enters a topic can be read from it.
      const validate = reader.untyped !== true && reader.transcodes !== true;
      const runner = runners.get(reader) ?? new ChainRunner(reader, transforms, { validate });
      runners.set(reader, runner);
      const output = runner.run(producedInput(messages), 0);
      const { indexes, filtered, filteredBy, failed } = output;
      return { messages: messagesOf(messages, output), indexes, filtered, filteredBy, failed, output, reader };
    },
    encode({ messages, indexes, output, reader }, schema, rows) {
      const count = rows?.length ?? messages.length;
      const encoder = new PayloadEncoder(producedInput(messages), count, output, reader, asCodec(schema), memory);
      const kept = new Uint32Array(count);
      const origins = new Uint32Array(count);
      let length = 0;
      for (let position = 0; position < count; position++) {
        const row = rows === undefined ? position : rows[position]!;
        const index = indexes === undefined ? row : indexes[row]!;
        if (!encoder.add(row, index)) continue;
        kept[length] = row;
        origins[length++] = index;
      }
      const whole = length === messages.length;
      return {
        messages: whole ? messages : selected(messages, kept.subarray(0, length)),
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

/** The source's messages as the chain left them, by row. */
function messagesOf(messages: ProducedMessages, { indexes, attributes, derived }: PlanOutput): ProducedMessages {
  if (attributes === undefined && !derived) return indexes === undefined ? messages : selected(messages, indexes);
  const made: ProducedMessage[] = [];
  const count = indexes?.length ?? messages.length;
  let part = 0;
  for (let row = 0; row < count; row++) {
    const index = indexes === undefined ? row : indexes[row]!;
    part = derived && row > 0 && indexes![row - 1] === index ? part + 1 : 0;
    made.push(withAttributes(messageAt(messages, index), attributes?.[row], part));
  }
  return made;
}

/** The messages at these positions, ascending. */
function selected(messages: ProducedMessages, positions: Uint32Array): ProducedMessages {
  if (!isPacked(messages)) return Array.from(positions, (position) => messages[position]!);
  const { ids, timestamps } = messages;
  const { length } = positions;
  const starts = new Uint32Array(length);
  const ends = new Uint32Array(length);
  const keptIds = ids === undefined ? undefined : new BigUint64Array(length * 2);
  const keptTimestamps = timestamps === undefined ? undefined : new Float64Array(length);
  for (let at = 0; at < length; at++) {
    const position = positions[at]!;
    starts[at] = messages.starts[position]!;
    ends[at] = messages.ends[position]!;
    if (keptIds !== undefined) {
      keptIds[2 * at] = ids![2 * position]!;
      keptIds[2 * at + 1] = ids![2 * position + 1]!;
    }
    if (keptTimestamps !== undefined) keptTimestamps[at] = timestamps![position]!;
  }
  return { ...messages, length, starts, ends, ids: keptIds, timestamps: keptTimestamps } satisfies PackedMessages;
}

function withAttributes(
  message: ProducedMessage,
  attributes: MessageAttributes | undefined,
  part: number,
): ProducedMessage {
  if (attributes === undefined && part === 0) return message;
  const { headers, target, key } = attributes ?? {};
  return {
    ...message,
    ...(headers === undefined ? {} : { headers }),
    ...(target === undefined ? {} : { stream: target }),
    ...(key === undefined ? {} : { key }),
    ...(part === 0 || message.id === undefined ? {} : { id: partId(message.id, part) }),
  };
}

/** Each part of a message needs its own id, the same one when the message is produced again; the first part keeps the message's id. */
function partId(id: bigint, part: number): bigint {
  // The client would replace an id of zero by a random one.
  return BigInt(`0x${hash("sha256", `${id}/${part}`).slice(0, 32)}`) || 1n;
}
