import { EndedPrefix } from "@iggy-connectors/client";
import type { MessageFrames } from "@iggy-connectors/protocol";

/**
 * The polled batches of a partition that have not ended as a whole, oldest first. Invariant 2: in whatever order they end,
 * what may be stored is the end of the contiguous ended prefix.
 */
export class OpenBatches {
  /** Each with the broker time of its first message, microseconds. */
  readonly #batches = new EndedPrefix<number>();

  /** The messages from index `from` on are open now. */
  opened(frames: MessageFrames, from: number): void {
    this.#batches.open(frames.offset(from), frames.offset(frames.length - 1), frames.timestamp(from));
  }

  /** Everything of one batch up to and including `through` has ended. Returns how far the prefix reaches now. */
  endedThrough(frames: MessageFrames, through: bigint): bigint | undefined {
    const batch = this.#batches.endingWith(frames.offset(frames.length - 1));
    return batch === undefined ? undefined : this.#batches.end(batch, through);
  }

  /** The batch, and those behind it, will not end. */
  giveUp(frames: MessageFrames): void {
    const batch = this.#batches.endingWith(frames.offset(frames.length - 1));
    if (batch !== undefined) this.#batches.cut(batch);
  }

  clear(): void {
    this.#batches.clear();
  }

  /** Broker time of the oldest message, milliseconds since the Unix epoch; undefined: nothing is open. */
  get oldestAt(): number | undefined {
    const timestamp = this.#batches.oldest?.note;
    return timestamp === undefined ? undefined : timestamp / 1000;
  }
}
