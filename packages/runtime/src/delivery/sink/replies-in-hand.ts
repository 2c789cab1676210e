import type { MessageFrames } from "@iggy-connectors/protocol";

interface Reply {
  readonly first: bigint;
  readonly last: bigint;
  /** Broker time of the first message, microseconds. */
  readonly timestamp: number;
  /** Everything of the reply up to here has ended; before `first`: nothing. */
  through: bigint;
}

/**
 * The polled replies of a partition that have not ended as a whole, oldest first. Promise 2: however they end among
 * themselves, what may be stored is the end of the contiguous ended prefix.
 */
export class RepliesInHand {
  readonly #replies: Reply[] = [];

  /** The messages from index `from` on are in hand now. */
  opened(frames: MessageFrames, from: number): void {
    const first = frames.offset(from);
    const last = frames.offset(frames.length - 1);
    this.#replies.push({ first, last, timestamp: frames.timestamp(from), through: first - 1n });
  }

  /** Everything of one reply up to and including `through` has ended. Returns how far the prefix reaches now. */
  endedThrough(frames: MessageFrames, through: bigint): bigint | undefined {
    const last = frames.offset(frames.length - 1);
    const reply = this.#replies.find((one) => one.last === last);
    if (reply === undefined) return undefined;
    if (through > reply.through) reply.through = through;
    let prefix: bigint | undefined;
    for (let head = this.#replies[0]; head !== undefined; head = this.#replies[0]) {
      if (head.through >= head.first) prefix = head.through;
      if (head.through < head.last) break;
      this.#replies.shift();
    }
    return prefix;
  }

  clear(): void {
    this.#replies.length = 0;
  }

  /** Broker time of the oldest message, milliseconds since the Unix epoch; undefined: nothing is in hand. */
  get oldestAt(): number | undefined {
    const timestamp = this.#replies[0]?.timestamp;
    return timestamp === undefined ? undefined : timestamp / 1000;
  }
}
