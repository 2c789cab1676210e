/** The polled replies of a partition that have not ended, oldest first: how long its messages have been in hand. */
export class OpenReplies {
  readonly #replies: { readonly last: bigint; readonly timestamp: number }[] = [];

  /** `last`: offset of the reply's last message; `timestamp`: broker time of its first one, microseconds. */
  opened(last: bigint, timestamp: number): void {
    this.#replies.push({ last, timestamp });
  }

  /** Everything up to and including `through` has ended. */
  endedThrough(through: bigint): void {
    while (this.#replies.length > 0 && this.#replies[0]!.last <= through) this.#replies.shift();
  }

  clear(): void {
    this.#replies.length = 0;
  }

  /** Milliseconds since the Unix epoch; undefined: nothing is open. */
  get oldestAt(): number | undefined {
    const timestamp = this.#replies[0]?.timestamp;
    return timestamp === undefined ? undefined : timestamp / 1000;
  }
}
