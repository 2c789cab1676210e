import { pause } from "../../concurrency/signals.ts";
import type { WeightedSemaphore } from "../../concurrency/weighted-semaphore.ts";
import { LogWatch } from "./log-watch.ts";
import {
  PartitionPoller,
  type PartitionSource,
  type PolledBatch,
  type RestartedLog,
  type StartPosition,
} from "./partition-poller.ts";
import { type PacingLimits, PollPacing } from "./poll-pacing.ts";

export interface PartitionReaderOptions {
  readonly source: PartitionSource;
  readonly partition: number;
  /** Messages of one poll at most. */
  readonly batchLength: number;
  /** Bytes of polled messages are acquired here; who takes a batch releases them. */
  readonly buffer: WeightedSemaphore;
  /** How long to wait between two polls of a partition that has nothing new. */
  readonly pacing: PacingLimits;
  /** Milliseconds between two looks whether the log is still the one that was read. Default 1000. */
  readonly watchInterval?: number;
  /** Look also before messages are handed over that come after a time without any: costs one more poll there. Default no. */
  readonly watchAfterIdle?: boolean;
  /** Aborted: nothing more is polled. */
  readonly closing: AbortSignal;
}

/** What is done with what a {@link PartitionReader} reads. One call at a time; nothing is polled for the next one meanwhile, but for {@link PartitionReader.readAhead}. */
export interface PartitionHandler {
  /** Where to begin, however long it takes to find out; undefined: closed first. */
  start(): Promise<StartPosition | undefined>;
  /** The next batch, whose bytes are the handler's to release. False: nothing more is read. */
  onBatch(batch: PolledBatch): boolean | Promise<boolean>;
  /** The log was purged or recreated: the next message is its first one. */
  onRestarted(log: RestartedLog): void | Promise<void>;
  /** The partition is not, or no longer, ours to read. It is for the handler to close it. */
  onFenced(): void;
  /** A poll failed, also while closing. Resolves when the next one is due. @throws when none can succeed. */
  onFailure(error: unknown, attempts: number): Promise<void>;
  /** A poll succeeded after others failed. */
  onRecovered?(): void;
  /** Resolves when no batch is being worked on any more. */
  settled?(): Promise<void>;
  /** Whether a batch that was read ahead is still taken while closing. Default: no. */
  takesReadAhead?(): boolean;
}

const WATCH_INTERVAL = 1000;

/**
 * Reads one partition in order, as long as it may.
 *
 * `run` asks its handler where to begin, then polls and hands over one batch after the other. While there is nothing new
 * it pauses between two polls, see {@link PollPacing}. A failed poll is repeated from the same position. A log that
 * ends before the position, or that is another one than was read, is read from its first message, once the batches of the old
 * one are settled. `run` resolves when it is closed, or when the handler wants no more, and every batch is settled; it rejects with what the handler
 * throws.
 */
export class PartitionReader {
  readonly #options: PartitionReaderOptions;
  readonly #handler: PartitionHandler;
  #poller: PartitionPoller | undefined;

  constructor(options: PartitionReaderOptions, handler: PartitionHandler) {
    this.#options = options;
    this.#handler = handler;
  }

  /** Offset of the partition's newest message as last seen; undefined while it is empty or unknown. */
  get currentOffset(): bigint | undefined {
    return this.#poller?.currentOffset;
  }

  /** Starts the next poll while a batch is being handled, where the buffer has capacity. */
  readAhead(): void {
    this.#poller?.readAhead();
  }

  /** While a batch is being handled: the next one begins at `next` again, perhaps with messages that came since. */
  async rewind(next: bigint): Promise<void> {
    await this.#poller?.discard();
    this.#poller?.rewind(next);
  }

  async run(): Promise<void> {
    const { source, partition, batchLength, buffer, watchInterval = WATCH_INTERVAL, watchAfterIdle } = this.#options;
    const position = await this.#handler.start();
    if (position === undefined) return;
    const poller = new PartitionPoller(source, partition, batchLength, buffer, position);
    this.#poller = poller;
    const watch = new LogWatch({ source, partition, interval: watchInterval, afterIdle: watchAfterIdle ?? false });
    watch.begin(position.kind === "offset" ? position.landmark : undefined);
    await this.#poll(poller, watch);
    await this.#handler.settled?.();
    await poller.discard();
  }

  async #poll(poller: PartitionPoller, watch: LogWatch): Promise<void> {
    const handler = this.#handler;
    const { closing } = this.#options;
    const pacing = new PollPacing(this.#options.pacing, performance.now());
    let failures = 0;
    while (!closing.aborted || (poller.readsAhead && handler.takesReadAhead?.() === true)) {
      const polled = await poller.take(closing);
      if (polled === undefined) return;
      if (polled.kind !== "failed" && failures > 0) {
        failures = 0;
        handler.onRecovered?.();
      }
      switch (polled.kind) {
        case "messages":
          if (watch.isDue(pacing.silent) && !(await this.#isSameLog(watch))) {
            this.#options.buffer.release(polled.bytes);
            if (!closing.aborted) await this.#restart(poller, watch, restartedAt(polled));
            break;
          }
          pacing.arrived(performance.now());
          watch.passed(polled.frames);
          if (!(await handler.onBatch(polled))) return;
          break;
        case "empty":
          if (watch.isDueIdle() && !(await this.#isSameLog(watch))) {
            const { next = 0n, currentOffset = 0n } = poller;
            if (!closing.aborted) await this.#restart(poller, watch, { kind: "restarted", next, currentOffset });
            break;
          }
          await pause(pacing.pause(performance.now()), closing);
          break;
        case "restarted":
          await this.#restart(poller, watch, polled);
          break;
        case "fenced":
          handler.onFenced();
          break;
        case "failed":
          failures += 1;
          await handler.onFailure(polled.error, failures);
      }
    }
  }

  async #restart(poller: PartitionPoller, watch: LogWatch, log: RestartedLog): Promise<void> {
    await this.#handler.settled?.();
    await poller.discard();
    poller.restart();
    watch.begin(undefined);
    await this.#handler.onRestarted(log);
  }

  /** Looks until the answer is known; false also when it was closed first. */
  async #isSameLog(watch: LogWatch): Promise<boolean> {
    const { closing } = this.#options;
    for (let failures = 1; !closing.aborted; failures++) {
      try {
        const same = await watch.isSameLog();
        if (failures > 1) this.#handler.onRecovered?.();
        return same;
      } catch (error) {
        await this.#handler.onFailure(error, failures);
      }
    }
    return false;
  }
}

/** Where the log was found to be another one: before the batch. */
function restartedAt({ frames, from }: PolledBatch): RestartedLog {
  return { kind: "restarted", next: frames.offset(from), currentOffset: frames.currentOffset };
}
