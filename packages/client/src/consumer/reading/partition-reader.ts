import { pause } from "../../concurrency/signals.ts";
import type { WeightedSemaphore } from "../../concurrency/weighted-semaphore.ts";
import {
  PartitionPoller,
  type PartitionSource,
  type PolledBatch,
  type RestartedLog,
  type StartPosition,
} from "./partition-poller.ts";

export interface PartitionReaderOptions {
  readonly source: PartitionSource;
  readonly partition: number;
  /** Messages of one poll at most. */
  readonly batchLength: number;
  /** Bytes of polled messages are acquired here; who takes a batch releases them. */
  readonly buffer: WeightedSemaphore;
  /** Milliseconds between two polls of a partition that has nothing new at least. */
  readonly minIdle: number;
  /** Milliseconds up to which that pause doubles, from one on, while there is nothing new. */
  readonly maxIdle: number;
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

/** The shortest pause between two polls of a partition that has nothing new, before it doubles. Milliseconds. */
const FIRST_IDLE = 1;

/**
 * Reads one partition in order, as long as it may.
 *
 * `run` asks its handler where to begin, then polls and hands over one batch after the other. While there is nothing new
 * the pause between two polls doubles; a batch resets it. A failed poll is repeated from the same position. A log that
 * ends before the position is read from its first message, once the batches of the old one are settled. `run` resolves
 * when it is closed, or when the handler wants no more, and every batch is settled; it rejects with what the handler
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

  async run(): Promise<void> {
    const { source, partition, batchLength, buffer } = this.#options;
    const position = await this.#handler.start();
    if (position === undefined) return;
    const poller = new PartitionPoller(source, partition, batchLength, buffer, position);
    this.#poller = poller;
    await this.#poll(poller);
    await this.#handler.settled?.();
    await poller.discard();
  }

  async #poll(poller: PartitionPoller): Promise<void> {
    const handler = this.#handler;
    const { closing, minIdle, maxIdle } = this.#options;
    let idle = FIRST_IDLE;
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
          idle = FIRST_IDLE;
          if (!(await handler.onBatch(polled))) return;
          break;
        case "empty":
          await pause(Math.max(minIdle, idle), closing);
          idle = Math.min(idle * 2, maxIdle);
          break;
        case "restarted":
          await handler.settled?.();
          poller.restart();
          await handler.onRestarted(polled);
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
}
