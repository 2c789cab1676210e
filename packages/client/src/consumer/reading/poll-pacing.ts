export interface PacingLimits {
  /** Milliseconds between two polls that bring nothing, while messages are likely. */
  readonly shortest: number;
  /** Milliseconds that this pause grows to while they are not; not below `shortest`. */
  readonly longest: number;
}

/**
 * Messages are likely for this many of their mean gaps. Where they come at random, 1 of 3000 gaps is longer (e to the 8th); the rest covers
 * that the mean itself is a guess.
 */
const LIKELY_GAPS = 8;
/** Milliseconds. Messages that are further apart on average are not waited for at the shortest pause: there would be hundreds of polls a message. */
const LONGEST_MEAN_GAP = 2000;
/** Behind the time in which messages are likely, the pause is this part of what has passed since. */
const SILENCE_PART = 1 / 32;
/** The part of a new gap in the mean. */
const WEIGHT = 1 / 8;

/**
 * How long to wait before a partition is polled again that had nothing new. It learns how far apart messages come: while the next ones
 * are likely the pause is the shortest, so that they are found as soon as was asked for; behind that it grows with the silence
 * to the longest, so that an idle partition costs next to nothing. A message that breaks a silence `s` is found within `s / 32` or the
 * longest pause, whichever is shorter, and never later than the shortest.
 *
 * Times are milliseconds of one clock, which the caller reads.
 */
export class PollPacing {
  readonly #shortest: number;
  readonly #longest: number;
  /** When a poll last brought messages; before the first, when reading began. */
  #arrivedAt: number;
  /** Undefined: no gap was seen yet. */
  #meanGap: number | undefined;
  /** Whether a poll brought nothing since then. */
  #silent = false;
  #arrivals = 0;

  constructor({ shortest, longest }: PacingLimits, now: number) {
    this.#shortest = shortest;
    this.#longest = Math.max(shortest, longest);
    this.#arrivedAt = now;
  }

  /** Whether the last poll brought nothing. */
  get silent(): boolean {
    return this.#silent;
  }

  /** A poll brought messages. Polls that bring some one after another are one arrival: what counts is how far apart those are. */
  arrived(now: number): void {
    if (this.#silent && this.#arrivals > 0) this.#learn(now - this.#arrivedAt);
    this.#arrivals += 1;
    this.#arrivedAt = now;
    this.#silent = false;
  }

  /** A poll brought nothing: milliseconds until the next one. */
  pause(now: number): number {
    this.#silent = true;
    const pause = (now - this.#arrivedAt - this.#likely) * SILENCE_PART;
    if (pause <= this.#shortest) return this.#shortest;
    if (pause < this.#longest) return pause;
    // At multiples of the longest pause, so that a thread wakes up once for all of its idle partitions.
    return Math.max(this.#shortest, this.#longest - (now % this.#longest));
  }

  /** Milliseconds for which messages are likely after those before them. */
  get #likely(): number {
    const mean = this.#meanGap;
    return mean === undefined || mean > LONGEST_MEAN_GAP ? 0 : mean * LIKELY_GAPS;
  }

  #learn(silence: number): void {
    // A night without messages says little about the day.
    const gap = Math.min(silence, 2 * LONGEST_MEAN_GAP);
    this.#meanGap = this.#meanGap === undefined ? gap : this.#meanGap + (gap - this.#meanGap) * WEIGHT;
  }
}
