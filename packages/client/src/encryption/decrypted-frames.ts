import { decodeHeaders, type Headers, type MessageFrames } from "@iggy-connectors/protocol";
import { CODE, IggyError } from "../errors/errors.ts";
import type { Encryptor } from "./encryptor.ts";

const FAILED = 0xffff_ffff;

/**
 * Polled messages with their payloads and headers in the clear, all in one buffer of their own. A message that cannot
 * be decrypted does not spoil the others: reading its payload or headers throws, naming its place.
 */
export class DecryptedFrames implements MessageFrames {
  readonly buffer: Buffer;
  readonly partition: number;
  readonly currentOffset: bigint;
  readonly length: number;
  readonly #sealed: MessageFrames;
  readonly #encryptor: Encryptor;
  /** Where payload i starts; its headers follow it and end where the next payload starts. */
  readonly #starts: Uint32Array;
  /** Where payload i ends, or `FAILED`. */
  readonly #ends: Uint32Array;

  constructor(sealed: MessageFrames, encryptor: Encryptor) {
    const { length, partition, currentOffset, buffer } = sealed;
    this.partition = partition;
    this.currentOffset = currentOffset;
    this.length = length;
    this.#sealed = sealed;
    this.#encryptor = encryptor;
    this.#starts = new Uint32Array(length + 1);
    this.#ends = new Uint32Array(length);
    // The clear text is never longer than what it is made from.
    this.buffer = Buffer.allocUnsafeSlow(buffer.length);
    let at = 0;
    for (let index = 0; index < length; index++) {
      this.#starts[index] = at;
      at = this.#decrypt(index, at);
    }
    this.#starts[length] = at;
  }

  offset(index: number): bigint {
    return this.#sealed.offset(index);
  }

  id(index: number): bigint {
    return this.#sealed.id(index);
  }

  /** Of the message as it is stored: encrypted. */
  checksum(index: number): bigint {
    return this.#sealed.checksum(index);
  }

  timestamp(index: number): number {
    return this.#sealed.timestamp(index);
  }

  originTimestamp(index: number): number {
    return this.#sealed.originTimestamp(index);
  }

  payloadStart(index: number): number {
    this.payloadEnd(index);
    return this.#starts[index]!;
  }

  /** @throws IggyError 72 when the message could not be decrypted. */
  payloadEnd(index: number): number {
    const end = this.#ends[index];
    if (end === undefined) throw new RangeError(`no message ${index} among ${this.length}`);
    if (end === FAILED) throw this.#failure(index);
    return end;
  }

  payload(index: number): Buffer {
    return this.buffer.subarray(this.payloadStart(index), this.payloadEnd(index));
  }

  headersBytes(index: number): Buffer {
    return this.buffer.subarray(this.payloadEnd(index), this.#starts[index + 1]);
  }

  headers(index: number): Headers {
    return decodeHeaders(this.headersBytes(index));
  }

  /** Writes message `index` from `at` on and returns where it ends. */
  #decrypt(index: number, at: number): number {
    try {
      const payload = this.#encryptor.decrypt(this.#sealed.payload(index));
      const block = this.#sealed.headersBytes(index);
      const headers = block.length === 0 ? block : this.#encryptor.decrypt(block);
      this.buffer.set(payload, at);
      this.buffer.set(headers, at + payload.length);
      this.#ends[index] = at + payload.length;
      return at + payload.length + headers.length;
    } catch {
      this.#ends[index] = FAILED;
      return at;
    }
  }

  /** Decrypts again to find the reason: failures are rare, and storing each would cost every batch. */
  #failure(index: number): IggyError {
    let cause: unknown;
    try {
      this.#encryptor.decrypt(this.#sealed.payload(index));
      this.#encryptor.decrypt(this.#sealed.headersBytes(index));
    } catch (error) {
      cause = error;
    }
    const reason = cause instanceof Error ? cause.message : "it cannot be decrypted";
    return new IggyError(CODE.cannotDecryptData, {
      detail: `partition ${this.partition}, offset ${this.offset(index)}: ${reason}`,
      advice: "decrypt it with the key it was sent with, or skip it",
      retryable: false,
      cause,
    });
  }
}
