/** A larger difference, in milliseconds, means that the system's clock was set: the fine clock follows it. */
const TOLERANCE = 2;

/**
 * The time of day with nanosecond digits: the system's milliseconds, refined by the monotonic clock (whose true
 * resolution is the platform's, in practice below a microsecond). Two numbers, because nanoseconds since 1970 exceed 2⁵³.
 */
export class WallClock {
  /** Milliseconds since the Unix epoch at the last `read`. */
  millis = 0;
  /** Nanoseconds within that millisecond, 0 … 999 999. */
  nanos = 0;
  readonly #system: () => number;
  readonly #monotonic: () => number;
  #anchorSystem = Number.NEGATIVE_INFINITY;
  #anchorMonotonic = 0;

  constructor(system: () => number = Date.now, monotonic: () => number = () => performance.now()) {
    this.#system = system;
    this.#monotonic = monotonic;
  }

  /** Number of readings so far. What was formatted of a time stays valid until it changes. */
  readings = 0;

  read(): void {
    this.readings++;
    const system = this.#system();
    const monotonic = this.#monotonic();
    let elapsed = monotonic - this.#anchorMonotonic;
    const drift = this.#anchorSystem + elapsed - system;
    if (!(drift > -TOLERANCE && drift < TOLERANCE)) {
      this.#anchorSystem = system;
      this.#anchorMonotonic = monotonic;
      elapsed = 0;
    }
    const whole = Math.floor(elapsed);
    this.millis = this.#anchorSystem + whole;
    this.nanos = Math.floor((elapsed - whole) * 1e6);
  }
}

/** The clock that all transforms of this thread share, read once per batch: a reading costs as much as setting a field. */
export const wallClock = new WallClock();
wallClock.read();
