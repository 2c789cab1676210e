import type { Chunk, PendingSend } from "./pending-send.ts";
import { messageBytes, type RequestLimits, requestEnd } from "./request-size.ts";

/** What waits for one partition, in the order it was sent. */
export class PartitionQueue {
  readonly #limits: RequestLimits;
  readonly #sends: PendingSend[] = [];
  /** Messages of the first send that were taken already. */
  #taken = 0;
  #messages = 0;
  #bytes = 0;
  /** On the clock of `performance.now()`: when the oldest part came. */
  #since = 0;

  constructor(limits: RequestLimits) {
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#sends.length === 0;
  }

  /** Whether a batch is full without waiting for more. */
  get isFull(): boolean {
    return this.#messages >= this.#limits.messages || this.#bytes >= this.#limits.bytes;
  }

  get since(): number {
    return this.#since;
  }

  push(send: PendingSend, now: number): void {
    if (this.isEmpty) this.#since = now;
    this.#sends.push(send);
    this.#messages += send.messages.length;
    this.#bytes += send.bytes;
  }

  /** The next batch: whole sends while they fit, parts of one that is larger. Empty when nothing waits. */
  take(now: number): Chunk[] {
    const chunks: Chunk[] = [];
    let messages = 0;
    let bytes = 0;
    for (let send = this.#sends[0]; send !== undefined; send = this.#sends[0]) {
      const from = this.#taken;
      const remaining = send.messages.length - from;
      const whole =
        from === 0 && messages + remaining <= this.#limits.messages && bytes + send.bytes <= this.#limits.bytes;
      // A send that would not fit whole goes into a batch of its own, split only where it is larger than one.
      if (!whole && messages > 0) break;
      const chunk = whole ? { send, from, to: send.messages.length, bytes: send.bytes } : this.#part(send, from);
      chunks.push(chunk);
      messages += chunk.to - from;
      bytes += chunk.bytes;
      this.#taken = chunk.to;
      if (chunk.to < send.messages.length) break;
      this.#taken = 0;
      this.#sends.shift();
    }
    this.#messages -= messages;
    this.#bytes -= bytes;
    this.#since = now;
    return chunks;
  }

  /** Removes everything that was not taken; gives the parts. */
  clear(): Chunk[] {
    const chunks = this.#sends.map((send, index) => {
      const from = index === 0 ? this.#taken : 0;
      return { send, from, to: send.messages.length, bytes: 0 };
    });
    this.#sends.length = 0;
    this.#taken = 0;
    this.#messages = 0;
    this.#bytes = 0;
    return chunks;
  }

  /** Drops what is left of a send whose earlier part failed: a gap must not be followed by its tail. */
  dropRest(send: PendingSend): Chunk | undefined {
    if (this.#sends[0] !== send || this.#taken === 0) return undefined;
    const chunk = { send, from: this.#taken, to: send.messages.length, bytes: 0 };
    this.#messages -= chunk.to - chunk.from;
    this.#bytes -= bytesOf(send, chunk.from, chunk.to);
    this.#sends.shift();
    this.#taken = 0;
    return chunk;
  }

  #part(send: PendingSend, from: number): Chunk {
    const to = requestEnd(send.messages, from, this.#limits);
    return { send, from, to, bytes: bytesOf(send, from, to) };
  }
}

function bytesOf({ messages }: PendingSend, from: number, to: number): number {
  let bytes = 0;
  for (let index = from; index < to; index++) bytes += messageBytes(messages[index]!);
  return bytes;
}
