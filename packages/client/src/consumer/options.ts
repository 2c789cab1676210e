import type { Identifier, PollingStrategy } from "@iggy-connectors/protocol";
import type { BackoffPolicy } from "../concurrency/backoff.ts";
import type { Encryptor } from "../encryption/encryptor.ts";
import { CODE, IggyError } from "../errors/errors.ts";

interface Topic {
  readonly stream: Identifier;
  readonly topic: Identifier;
}

/** A member of a consumer group: the server says which partitions it reads. */
interface AsGroupMember extends Topic {
  readonly group: Identifier;
  /** Create the group when it is missing; needs the group's name. Default true. */
  readonly create?: boolean;
}

/** A consumer by itself. */
interface AsPlainConsumer extends Topic {
  /** The name or number under which its offsets are stored. */
  readonly consumer: Identifier;
  /** Absent: all of the topic's, also those that are created later. */
  readonly partitions?: readonly number[];
}

export type ConsumerOptions = (AsGroupMember | AsPlainConsumer) & {
  /**
   * Where a partition is read from when this consumer takes it for the first time. Default `next`: after its stored offset,
   * without one as `initial` says. The others do not look at the stored offset; when a partition comes back after a
   * rebalance, reading continues after the stored offset whatever this says.
   */
  readonly start?: PollingStrategy;
  /** `next` without a stored offset: the oldest message (`first`, default), or only what comes from now on (`new`). */
  readonly initial?: "first" | "new";
  /** Messages of one batch at most; default 1000. */
  readonly batchMessages?: number;
  /** Bytes that are polled before they are asked for, over all partitions; default 8 MiB. One batch may be larger. */
  readonly prefetchBytes?: number;
  /** Milliseconds between polls of a partition that has nothing new at most; default 100. */
  readonly pollInterval?: number;
  /**
   * When offsets are stored. A batch counts as processed when the next one is asked for (or with `batch.commit()`).
   * - `batch` (default): then.
   * - a number: at most every so many milliseconds.
   * - `manual`: only `batch.commit()` marks it; every batch needs that eventually.
   * - `none`: never; `batch.commit()` is refused.
   */
  readonly commit?: "batch" | "manual" | "none" | number;
  /**
   * Reuse the memory of a batch once the next one is asked for: saves garbage collection at high rates, but no view of a
   * payload may be kept longer. Default false.
   */
  readonly reuseMemory?: boolean;
  /** Opens the messages instead of the client's encryptor; `none` leaves them as they are. */
  readonly encryptor?: Encryptor | "none";
  /** How long to wait before a failed request is repeated, doubled each time. Default 100 ms up to 10 s. */
  readonly retry?: { readonly initialBackoff?: number; readonly maxBackoff?: number };
  /** Called with the error of each poll, store or join that failed and is repeated. */
  readonly onRetry?: (error: IggyError) => void;
};

/** {@link ConsumerOptions} with every default filled in, without what it reads. */
export interface ResolvedConsumerOptions {
  readonly start: PollingStrategy;
  readonly initial: "first" | "new";
  readonly batchMessages: number;
  readonly prefetchBytes: number;
  readonly pollInterval: number;
  /** What marks a batch as processed: asking for the next one, its `commit`, or nothing. */
  readonly commit: "next" | "manual" | "none";
  /** Milliseconds between two stores of a partition. */
  readonly commitInterval: number;
  readonly reuseMemory: boolean;
  readonly retry: BackoffPolicy;
  readonly onRetry: (error: IggyError) => void;
}

/** @throws IggyError 3 when a number is out of its range. */
export function resolveConsumerOptions(options: ConsumerOptions): ResolvedConsumerOptions {
  const { commit = "batch" } = options;
  return {
    start: options.start ?? { kind: "next" },
    initial: options.initial ?? "first",
    batchMessages: within("batchMessages", options.batchMessages ?? 1000, 1, 1_000_000),
    prefetchBytes: within("prefetchBytes", options.prefetchBytes ?? 8 * 1024 * 1024, 1, Number.MAX_SAFE_INTEGER),
    pollInterval: within("pollInterval", options.pollInterval ?? 100, 1, 3_600_000),
    commit: commit === "manual" || commit === "none" ? commit : "next",
    commitInterval: typeof commit === "number" ? within("commit", commit, 1, 24 * 3_600_000) : 0,
    reuseMemory: options.reuseMemory ?? false,
    retry: {
      initialBackoff: within("retry.initialBackoff", options.retry?.initialBackoff ?? 100, 0, 3_600_000),
      maxBackoff: within("retry.maxBackoff", options.retry?.maxBackoff ?? 10_000, 0, 3_600_000),
      jitter: 0.2,
    },
    onRetry: options.onRetry ?? (() => {}),
  };
}

function within(name: string, value: number, lowest: number, highest: number): number {
  if (Number.isInteger(value) && value >= lowest && value <= highest) return value;
  throw new IggyError(CODE.invalidCommand, {
    detail: `the consumer's ${name} is ${value}`,
    advice: `give a whole number from ${lowest} to ${highest}`,
    retryable: false,
  });
}
