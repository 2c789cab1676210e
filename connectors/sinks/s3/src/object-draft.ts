import type { MessageBatch } from "@iggy-connectors/sdk";
import type { Draft } from "./formats/format.ts";
import type { Reach } from "./object-metadata.ts";

/** An object that is being gathered: its content, and which messages are in it. */
export class ObjectDraft {
  readonly #content: Draft;
  #first: bigint | undefined;
  /** Distance of each message from the first, and its time: what is needed when the front is cut off. */
  #distances: number[] = [];
  #times: number[] = [];

  constructor(content: Draft) {
    this.#content = content;
  }

  get length(): number {
    return this.#distances.length;
  }

  get size(): number {
    return this.#content.size;
  }

  /** Only where there are messages. */
  get first(): bigint {
    return this.#offset(0);
  }

  get last(): bigint {
    return this.#offset(this.length - 1);
  }

  /** Of the first message, microseconds since the Unix epoch. */
  get time(): number {
    return this.#times[0] as number;
  }

  /** The last message. */
  get end(): Reach {
    return { offset: this.last, time: this.#times.at(-1) };
  }

  /** Takes a message. Throws RejectedError before anything was taken. */
  add(batch: MessageBatch, index: number): void {
    const offset = batch.offset(index);
    this.#content.add(batch, index);
    this.#first ??= offset;
    this.#distances.push(Number(offset - this.#first));
    this.#times.push(batch.timestamp(index));
  }

  /** Cuts off the messages up to `reach`, which are in another object already. */
  dropThrough(reach: bigint): void {
    let count = 0;
    while (count < this.length && this.#offset(count) <= reach) count++;
    if (count === 0) return;
    this.#content.dropFirst(count);
    this.#distances = this.#distances.slice(count);
    this.#times = this.#times.slice(count);
  }

  encode(): Promise<Uint8Array> {
    return this.#content.encode();
  }

  /** The object is written. */
  release(): void {
    this.#content.release();
  }

  #offset(index: number): bigint {
    return (this.#first as bigint) + BigInt(this.#distances[index] as number);
  }
}
