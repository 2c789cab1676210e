import type { MessageFrames } from "@iggy-connectors/protocol";
import type { Headers, PackedMessages, PartitionRef, ProducedMessage, ProducedMessages } from "@iggy-connectors/sdk";
import { asBuffer, isPacked, messageAt } from "@iggy-connectors/sdk";
import { typedHeaders } from "../values/headers.ts";

/**
 * The messages that come into a plan, polled from Iggy or produced by a source. Each is known by its *index*, its position among them, and
 * every field is read on access, so that nothing is made per message.
 */
export interface PlanInput {
  readonly length: number;
  /** The buffer that holds the payload; `undefined` when the message has a value instead of bytes. */
  bytes(index: number): Buffer | undefined;
  start(index: number): number;
  end(index: number): number;
  /** The payload of a message without bytes, as a value. */
  value(index: number): unknown;
  readonly stream: string | undefined;
  readonly topic: string | undefined;
  partition(index: number): number | undefined;
  offset(index: number): bigint | undefined;
  id(index: number): bigint | undefined;
  checksum(index: number): bigint | undefined;
  timestamp(index: number): number | undefined;
  originTimestamp(index: number): number | undefined;
  headers(index: number): Headers;
  target(index: number): string | undefined;
  key(index: number): string | Uint8Array | undefined;
}

/** The messages that Iggy returned to a poll. */
export class PolledInput implements PlanInput {
  readonly length: number;
  readonly stream: string;
  readonly topic: string;
  readonly #frames: MessageFrames;
  readonly #partition: number;
  readonly #buffer: Buffer;

  constructor(frames: MessageFrames, { stream, topic, partition }: PartitionRef) {
    this.length = frames.length;
    this.stream = stream;
    this.topic = topic;
    this.#partition = partition;
    this.#frames = frames;
    this.#buffer = asBuffer(frames.buffer);
  }

  bytes(): Buffer {
    return this.#buffer;
  }

  start(index: number): number {
    return this.#frames.payloadStart(index);
  }

  end(index: number): number {
    return this.#frames.payloadEnd(index);
  }

  value(): undefined {
    return undefined;
  }

  partition(): number {
    return this.#partition;
  }

  offset(index: number): bigint {
    return this.#frames.offset(index);
  }

  id(index: number): bigint {
    return this.#frames.id(index);
  }

  checksum(index: number): bigint {
    return this.#frames.checksum(index);
  }

  timestamp(index: number): number {
    return this.#frames.timestamp(index);
  }

  originTimestamp(index: number): number {
    return this.#frames.originTimestamp(index);
  }

  headers(index: number): Headers {
    return this.#frames.headers(index);
  }

  target(): undefined {
    return undefined;
  }

  key(): undefined {
    return undefined;
  }
}

/** What a source produced. */
export function producedInput(messages: ProducedMessages): PlanInput {
  return isPacked(messages) ? new PackedInput(messages) : new ProducedInput(messages);
}

/** The messages that a source produced: bytes in the schema of its batch, or values. They have no offset in Iggy yet. */
class ProducedInput implements PlanInput {
  readonly length: number;
  readonly stream = undefined;
  readonly topic = undefined;
  readonly #messages: readonly ProducedMessage[];

  constructor(messages: readonly ProducedMessage[]) {
    this.length = messages.length;
    this.#messages = messages;
  }

  bytes(index: number): Buffer | undefined {
    const { payload } = this.#messages[index]!;
    return payload instanceof Uint8Array ? asBuffer(payload) : undefined;
  }

  start(): number {
    return 0;
  }

  end(index: number): number {
    const { payload } = this.#messages[index]!;
    return payload instanceof Uint8Array ? payload.length : 0;
  }

  value(index: number): unknown {
    return this.#messages[index]!.payload;
  }

  partition(index: number): number | undefined {
    return this.#messages[index]!.partition;
  }

  offset(): undefined {
    return undefined;
  }

  id(index: number): bigint | undefined {
    return this.#messages[index]!.id;
  }

  checksum(): undefined {
    return undefined;
  }

  timestamp(): undefined {
    return undefined;
  }

  originTimestamp(index: number): number | undefined {
    return this.#messages[index]!.timestamp;
  }

  headers(index: number): Headers {
    return typedHeaders(this.#messages[index]!.headers);
  }

  target(index: number): string | undefined {
    return this.#messages[index]!.stream;
  }

  key(index: number): string | Uint8Array | undefined {
    return this.#messages[index]!.key;
  }
}

/** The same where the source has packed them: all are bytes. */
class PackedInput implements PlanInput {
  readonly length: number;
  readonly stream = undefined;
  readonly topic = undefined;
  readonly #messages: PackedMessages;
  readonly #buffer: Buffer;
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;

  constructor(messages: PackedMessages) {
    this.length = messages.length;
    this.#messages = messages;
    this.#buffer = asBuffer(messages.bytes);
    this.#starts = messages.starts;
    this.#ends = messages.ends;
  }

  bytes(): Buffer {
    return this.#buffer;
  }

  start(index: number): number {
    return this.#starts[index]!;
  }

  end(index: number): number {
    return this.#ends[index]!;
  }

  value(): undefined {
    return undefined;
  }

  partition(): number | undefined {
    return this.#messages.partition;
  }

  offset(): undefined {
    return undefined;
  }

  id(index: number): bigint | undefined {
    return messageAt(this.#messages, index).id;
  }

  checksum(): undefined {
    return undefined;
  }

  timestamp(): undefined {
    return undefined;
  }

  originTimestamp(index: number): number | undefined {
    return messageAt(this.#messages, index).timestamp;
  }

  headers(): Headers {
    return typedHeaders(this.#messages.headers);
  }

  target(): string | undefined {
    return this.#messages.stream;
  }

  key(): string | Uint8Array | undefined {
    return this.#messages.key;
  }
}
