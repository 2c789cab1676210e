import {
  encodeBatch,
  encodeHeaders,
  type Headers,
  indexFrames,
  type MessageFrames,
  POLL_PREFIX_SIZE,
} from "@iggy-connectors/protocol";
import type { DeadLetterRecord } from "../../shared/dead-letter/dead-letter-record.ts";

/**
 * Dead letters as frames of a poll, with the payload, headers, id and times of the original messages. One that does not say its message's
 * time has that of the dead letter, which is later, but not as late as now: a sink must not take it for newer than what followed.
 */
export class DeadLetterFrames implements MessageFrames {
  readonly partition: number;
  readonly currentOffset: bigint;
  readonly length: number;
  readonly #letters: readonly DeadLetterRecord[];
  readonly #offsetOf: (letter: DeadLetterRecord) => bigint;
  readonly #frames: MessageFrames;

  /** At least one dead letter; `offsetOf` ascends. */
  constructor(letters: readonly DeadLetterRecord[], partition: number, offsetOf: (letter: DeadLetterRecord) => bigint) {
    this.#letters = letters;
    this.partition = partition;
    this.#offsetOf = offsetOf;
    this.length = letters.length;
    this.currentOffset = offsetOf(letters.at(-1)!);
    const record = encodeBatch(
      letters.map(({ payload, headers, messageId, timestamp, originTimestamp, time }) => ({
        payload,
        headersBytes: encodeHeaders(headers),
        ...(messageId === undefined ? {} : { id: messageId }),
        timestamp: originTimestamp ?? timestamp ?? time,
      })),
      letters[0]!.time,
    );
    const prefix = Buffer.alloc(POLL_PREFIX_SIZE);
    prefix.writeUInt32LE(letters.length, POLL_PREFIX_SIZE - 4);
    this.#frames = indexFrames(Buffer.concat([prefix, record]));
  }

  get buffer(): Uint8Array {
    return this.#frames.buffer;
  }

  offset(index: number): bigint {
    return this.#offsetOf(this.#letters[index]!);
  }

  id(index: number): bigint {
    return this.#frames.id(index);
  }

  checksum(index: number): bigint {
    return this.#frames.checksum(index);
  }

  timestamp(index: number): number {
    const { timestamp, time } = this.#letters[index]!;
    return timestamp ?? time;
  }

  originTimestamp(index: number): number {
    return this.#frames.originTimestamp(index);
  }

  payloadStart(index: number): number {
    return this.#frames.payloadStart(index);
  }

  payloadEnd(index: number): number {
    return this.#frames.payloadEnd(index);
  }

  payload(index: number): Uint8Array {
    return this.#frames.payload(index);
  }

  headersBytes(index: number): Uint8Array {
    return this.#frames.headersBytes(index);
  }

  headers(index: number): Headers {
    return this.#frames.headers(index);
  }
}
