import { EndedPrefix } from "@iggy-connectors/client";
import type { MessageFrames } from "@iggy-connectors/protocol";

/**
 * The polled replies of a partition that have not ended as a whole, oldest first. Invariant 2: however they end among
 * themselves, what may be stored is the end of the contiguous ended prefix.
 */
export class RepliesInHand {
  /** Each with the broker time of its first message, microseconds. */
  readonly #replies = new EndedPrefix<number>();

  /** The messages from index `from` on are in hand now. */
  opened(frames: MessageFrames, from: number): void {
    this.#replies.open(frames.offset(from), frames.offset(frames.length - 1), frames.timestamp(from));
  }

  /** Everything of one reply up to and including `through` has ended. Returns how far the prefix reaches now. */
  endedThrough(frames: MessageFrames, through: bigint): bigint | undefined {
    const reply = this.#replies.endingWith(frames.offset(frames.length - 1));
    return reply === undefined ? undefined : this.#replies.end(reply, through);
  }

  clear(): void {
    this.#replies.clear();
  }

  /** Broker time of the oldest message, milliseconds since the Unix epoch; undefined: nothing is in hand. */
  get oldestAt(): number | undefined {
    const timestamp = this.#replies.oldest?.note;
    return timestamp === undefined ? undefined : timestamp / 1000;
  }
}
