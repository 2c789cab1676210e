import type { MessageFrames } from "@iggy-connectors/protocol";
import type { PartitionSource } from "./partition-poller.ts";

/** A message by which a log is recognized: another log has another one at this offset. */
export interface Landmark {
  readonly offset: bigint;
  /** Broker time, microseconds. */
  readonly timestamp: number;
  readonly id: bigint;
}

/** The message at an offset; undefined: it is not there (any more), or the partition is fenced. */
export async function readLandmark(
  source: PartitionSource,
  partition: number,
  offset: bigint,
): Promise<Landmark | undefined> {
  const frames = await source.poll(partition, { kind: "offset", offset }, 1);
  return frames !== "fenced" && frames.length > 0 && frames.offset(0) === offset ? landmarkAt(frames, 0) : undefined;
}

/** Intervals between two looks when nothing was handed over meanwhile. */
const IDLE_INTERVALS = 5;

export interface LogWatchOptions {
  readonly source: PartitionSource;
  readonly partition: number;
  /** Milliseconds between two looks at the landmark at least. */
  readonly interval: number;
  /** Look also whenever messages come after a time without any, which is when a log can have been replaced unseen. */
  readonly afterIdle: boolean;
}

/**
 * Recognizes that a partition's log was replaced by one that has grown past the position already, such as after a purge: polls go on
 * as if nothing had happened. The last message of the batches that are known to be of one log is its landmark; it is looked up again
 * from time to time, and another message at its offset gives the other log away.
 */
export class LogWatch {
  readonly #options: LogWatchOptions;
  /** Of the log that is being read. */
  #landmark: Landmark | undefined;
  /** The last message that was handed over, of the same log if nothing happened since the last look. */
  #newest: Landmark | undefined;
  #lookedAt = performance.now();

  constructor(options: LogWatchOptions) {
    this.#options = options;
  }

  /** Reading begins behind this message; undefined: the first batch decides. */
  begin(landmark: Landmark | undefined): void {
    this.#landmark = landmark;
    this.#newest = landmark;
    this.#lookedAt = performance.now();
  }

  /** Whether it is time to look before messages are handed over. `afterIdle`: they came after a time without any. */
  isDue(afterIdle: boolean): boolean {
    if (this.#landmark === undefined) return false;
    return (afterIdle && this.#options.afterIdle) || this.#elapsed >= this.#options.interval;
  }

  /** The same while no messages come: another log may end just where the former one did. */
  isDueIdle(): boolean {
    if (this.#landmark === undefined) return false;
    const looks = this.#newest === this.#landmark ? IDLE_INTERVALS : 1;
    return this.#elapsed >= this.#options.interval * looks;
  }

  get #elapsed(): number {
    return performance.now() - this.#lookedAt;
  }

  /** These messages are handed over. */
  passed(frames: MessageFrames): void {
    this.#newest = landmarkAt(frames, frames.length - 1);
    this.#landmark ??= this.#newest;
  }

  /** Looks. A landmark that has expired proves nothing against the log. @throws what the poll throws. */
  async isSameLog(): Promise<boolean> {
    const known = this.#landmark;
    if (known === undefined) return true;
    const { source, partition } = this.#options;
    const frames = await source.poll(partition, { kind: "offset", offset: known.offset }, 1);
    if (isOther(frames, known)) return false;
    this.#landmark = this.#newest;
    this.#lookedAt = performance.now();
    return true;
  }
}

function isOther(frames: MessageFrames | "fenced", { offset, timestamp, id }: Landmark): boolean {
  if (frames === "fenced") return false;
  if (frames.length === 0) return frames.currentOffset < offset;
  return frames.offset(0) === offset && (frames.timestamp(0) !== timestamp || frames.id(0) !== id);
}

function landmarkAt(frames: MessageFrames, index: number): Landmark {
  return { offset: frames.offset(index), timestamp: frames.timestamp(index), id: frames.id(index) };
}
