import type { Headers, MessageFrames } from "@iggy-connectors/protocol";

/** What a batch needs from its partition. */
export interface BatchOwner {
  readonly partition: number;
  readonly owned: boolean;
  commit(batch: ConsumedBatch): Promise<CommitOutcome>;
}

/**
 * - `stored`: the offset of the batch's last message, or a later one, is stored.
 * - `waiting`: a batch before it has not ended yet; the offset is stored when that one ends.
 * - `lost`: the partition belongs to another member, which reads its messages again.
 */
export type CommitOutcome = "stored" | "waiting" | "lost";

/** One message; every field is read on access. Valid as long as its batch. */
export class ConsumedMessage {
  readonly #frames: MessageFrames;
  readonly #index: number;

  constructor(frames: MessageFrames, index: number) {
    this.#frames = frames;
    this.#index = index;
  }

  get offset(): bigint {
    return this.#frames.offset(this.#index);
  }

  get id(): bigint {
    return this.#frames.id(this.#index);
  }

  /** When the server stored it, microseconds. */
  get timestamp(): number {
    return this.#frames.timestamp(this.#index);
  }

  /** When the producer made it, microseconds. */
  get originTimestamp(): number {
    return this.#frames.originTimestamp(this.#index);
  }

  /** A view, not a copy. @throws IggyError 72 when it cannot be decrypted. */
  get payload(): Uint8Array {
    return this.#frames.payload(this.#index);
  }

  /** @throws ProtocolError when the bytes are not headers, IggyError 72 when they cannot be decrypted. */
  get headers(): Headers {
    return this.#frames.headers(this.#index);
  }
}

/** Messages of one partition, in order. Iterating yields the messages; `frames` gives the same without an object for each. */
export class ConsumedBatch implements Iterable<ConsumedMessage> {
  readonly #owner: BatchOwner;
  readonly frames: MessageFrames;
  /** Index in `frames` of the first message that belongs to the batch. */
  readonly from: number;

  constructor(owner: BatchOwner, frames: MessageFrames, from: number) {
    this.#owner = owner;
    this.frames = frames;
    this.from = from;
  }

  get partition(): number {
    return this.#owner.partition;
  }

  get length(): number {
    return this.frames.length - this.from;
  }

  get firstOffset(): bigint {
    return this.frames.offset(this.from);
  }

  get lastOffset(): bigint {
    return this.frames.offset(this.frames.length - 1);
  }

  /** Whether the partition is still ours: the work on one that is not may be dropped. */
  get owned(): boolean {
    return this.#owner.owned;
  }

  /**
   * The messages are processed: stores the partition's offset as far as all batches before this one are processed, too.
   * @throws IggyError when the store failed for good; the batch still counts as processed.
   */
  commit(): Promise<CommitOutcome> {
    return this.#owner.commit(this);
  }

  *[Symbol.iterator](): Generator<ConsumedMessage, void, undefined> {
    for (let index = this.from; index < this.frames.length; index++) yield new ConsumedMessage(this.frames, index);
  }
}
