import type { Identifier, OutgoingMessage, Partitioning } from "@iggy-connectors/protocol";
import type { BackoffPolicy } from "../concurrency/backoff.ts";
import type { Encryptor } from "../encryption/encryptor.ts";
import { CODE, IggyError } from "../errors/errors.ts";

/** When a batch that Iggy did not confirm is sent again. Times are milliseconds. */
export interface ProducerRetry {
  /** Times a batch is sent again at most, within `deliveryTimeout`; default 3, 0 = never. */
  readonly attempts?: number;
  /** Default 100. */
  readonly initialBackoff?: number;
  /** Default 5000. */
  readonly maxBackoff?: number;
  /**
   * Also send again where the answer was lost, so that it may be stored twice: for messages with deterministic ids, or
   * where a copy does no harm. Default false: the send is rejected with `outcomeUnknown`.
   */
  readonly unknownOutcome?: boolean;
}

/** Gives a message its id; the same message must get the same id every time. */
export type MessageId = (message: OutgoingMessage) => bigint;

export interface ProducerOptions {
  readonly stream: Identifier;
  readonly topic: Identifier;
  /** Where sends go that do not say it; default balanced: one batch to each partition in turn. */
  readonly partitioning?: Partitioning;
  /** Milliseconds a batch that is not full waits for more messages; default 0: it goes as soon as it may. */
  readonly linger?: number;
  /** Messages of one request at most; default 1000. */
  readonly batchMessages?: number;
  /** Bytes of one request's messages at most, a larger message goes alone; default 1 MiB. */
  readonly batchBytes?: number;
  /**
   * Requests of one partition that are under way at once; default 1, at most 64. With more than one, a request that
   * fails may have been overtaken by those behind it: it is rejected, never sent again.
   */
  readonly maxInFlight?: number;
  /** Bytes of messages that wait or are under way; more make `send` and `ready` wait. Default 32 MiB. */
  readonly bufferBytes?: number;
  /** Milliseconds from the first attempt until a batch is given up; default the client's `requestTimeout`. */
  readonly deliveryTimeout?: number;
  readonly retry?: ProducerRetry;
  /**
   * Ids of messages that have none. Default `random`. `content`: the first 128 bits of the payload's SHA-256, so that
   * the same payload always gets the same id. A function decides by itself.
   */
  readonly ids?: "random" | "content" | MessageId;
  /** Seals payloads and headers instead of the client's encryptor; `none` sends them as they are. */
  readonly encryptor?: Encryptor | "none";
}

/** {@link ProducerOptions} with every default filled in. */
export interface ResolvedProducerOptions {
  readonly stream: Identifier;
  readonly topic: Identifier;
  readonly partitioning: Partitioning;
  readonly linger: number;
  readonly batchMessages: number;
  readonly batchBytes: number;
  readonly maxInFlight: number;
  readonly bufferBytes: number;
  readonly deliveryTimeout: number;
  /** Milliseconds that one attempt may take: the client's `requestTimeout`. */
  readonly attemptTimeout: number;
  readonly attempts: number;
  readonly repeatUnknown: boolean;
  readonly backoff: BackoffPolicy;
  readonly ids: "random" | "content" | MessageId;
  readonly encryptor: Encryptor | undefined;
}

const MAX_WINDOW = 64;
const MAX_BATCH_BYTES = 60 * 1024 * 1024;

/** @throws IggyError 3 when a number is out of its range. */
export function resolveProducerOptions(
  options: ProducerOptions,
  timeout: number,
  encryptor: Encryptor | undefined,
): ResolvedProducerOptions {
  const { retry = {}, encryptor: own = encryptor } = options;
  return {
    stream: options.stream,
    topic: options.topic,
    partitioning: options.partitioning ?? { kind: "balanced" },
    linger: within("linger", options.linger ?? 0, 0, 60_000),
    batchMessages: within("batchMessages", options.batchMessages ?? 1000, 1, 1_000_000),
    batchBytes: within("batchBytes", options.batchBytes ?? 1024 * 1024, 1, MAX_BATCH_BYTES),
    maxInFlight: within("maxInFlight", options.maxInFlight ?? 1, 1, MAX_WINDOW),
    bufferBytes: within("bufferBytes", options.bufferBytes ?? 32 * 1024 * 1024, 1, Number.MAX_SAFE_INTEGER),
    deliveryTimeout: within("deliveryTimeout", options.deliveryTimeout ?? timeout, 1, Number.MAX_SAFE_INTEGER),
    attemptTimeout: timeout,
    attempts: within("retry.attempts", retry.attempts ?? 3, 0, Number.MAX_SAFE_INTEGER),
    repeatUnknown: retry.unknownOutcome ?? false,
    backoff: { initialBackoff: retry.initialBackoff ?? 100, maxBackoff: retry.maxBackoff ?? 5000, jitter: 0.2 },
    ids: options.ids ?? "random",
    encryptor: own === "none" ? undefined : own,
  };
}

function within(name: string, value: number, lowest: number, highest: number): number {
  if (value >= lowest && value <= highest && (Number.isInteger(value) || name === "linger")) return value;
  throw new IggyError(CODE.invalidCommand, {
    detail: `the producer's ${name} is ${value}`,
    advice: `give a number from ${lowest} to ${highest}`,
    retryable: false,
  });
}
