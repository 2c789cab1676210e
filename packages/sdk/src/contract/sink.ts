import type {
  CheckContext,
  CheckResult,
  ConnectorContext,
  ConsumeContext,
  Delivery,
  FlushContext,
  OpenContext,
} from "./context.ts";
import type { MessageBatch, PartitionRef, Schema } from "./message.ts";
import type { ConfigSchema, InferConfig } from "./schema.ts";

/** The messages that the destination will never accept, each with the reason. All others of the batch were written. */
export interface ConsumeResult {
  readonly rejected?: readonly RejectedMessage[];
}

export interface RejectedMessage {
  readonly offset: bigint;
  readonly error: unknown;
  /** For `flush`, which reports for several partitions; absent in `consume`, where it is the batch's. */
  readonly partition?: PartitionRef;
}

/** How far a target has come in a partition, as it recorded that beside its data. */
export interface CommittedOffset {
  /** Offset of the last message that needs nothing more; `undefined`: none does, although the partition is known to the target. */
  readonly offset: bigint | undefined;
  /**
   * `history` of the batch that moved the offset here. Another one than the partition's current history means that the offset counts
   * in a log that is gone. Absent (recorded by a version that did not know it): it is taken for the current one.
   */
  readonly history?: string | undefined;
  /**
   * Broker time of the message at `offset`, microseconds since the Unix epoch (`batch.timestamp` of the last message). With it a
   * topic that was purged while nobody read it is recognised: its history is the same, the message at this offset is another one.
   */
  readonly timestamp?: number | undefined;
}

/**
 * Moves messages out of Iggy. Every method may throw `RetryableError`, `RejectedError`, `FatalError` or `UnclassifiedError`; those that
 * write may also throw `CommittedOffsetMovedError`.
 */
export interface Sink<Value = unknown> {
  /** Called once, before anything else. */
  open?(context: OpenContext): Promise<void>;
  /**
   * Returning means that every message was written durably, or is named as rejected; the runtime then moves the offset past the batch.
   * If the sink has `flush`, returning means only that the messages are staged. Calls for one partition do not overlap, unless
   * `max_in_flight` > 1.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: an async method that returns nothing has the type Promise<void>
  consume(batch: MessageBatch<Value>, context: ConsumeContext): Promise<ConsumeResult | undefined | void>;
  /** Writes what `consume` staged. Returning means that it is durable; the runtime then moves the offsets. */
  // biome-ignore lint/suspicious/noConfusingVoidType: an async method that returns nothing has the type Promise<void>
  flush?(context: FlushContext): Promise<ConsumeResult | undefined | void>;
  /**
   * What the target itself has recorded of the partition. It wins over the offset stored in Iggy, whether it is ahead (the runtime
   * ended before it could store) or behind (the target was restored from a backup, or failed over to a replica). `undefined`: the
   * target knows nothing of the partition, and the offset stored in Iggy applies. Asked when the partition is assigned, after a
   * `CommittedOffsetMovedError`, and at an interval while nothing of the partition is in flight or staged; the answer has to come from
   * the target each time, not from memory. What the sink knew of the partition is replaced by it.
   */
  committed?(partition: PartitionRef): Promise<bigint | CommittedOffset | undefined>;
  /**
   * The messages through this offset have ended, the last of them without coming to the sink or being recorded by it (filtered, or
   * written to the dead letters). A sink with `committed` records it as if they had been written, so that a restart does not begin
   * before them. Called at the latest before the runtime would store an offset in Iggy that is past what the sink has recorded, not
   * for every message; never during another call for the partition, and only when nothing is staged for it.
   */
  ended?(partition: PartitionRef, through: bigint): Promise<void>;
  /**
   * The next message will be that at `next`: an operator changed the offset, or the partition has another history (`history`), of which
   * nothing is written yet. What is staged for the partition is to be forgotten.
   */
  reset?(partition: PartitionRef, next: bigint): Promise<void>;
  /**
   * A sink with `committed` says so if it knows `replay` of partitions, and keeps what it records of them apart. Otherwise, dead letters
   * that are delivered again come to it as messages of the dead-letter topic. A sink without `committed` always gets their origin.
   */
  readonly replays?: boolean;
  /** These partitions were assigned to another member: discard what is staged for them. */
  revoked?(partitions: readonly PartitionRef[]): Promise<void>;
  /** Connects, authenticates and reports what is missing, without writing. */
  check?(context: CheckContext): Promise<CheckResult>;
  /** Called once, at the end. Best effort. */
  close?(): Promise<void>;
}

export interface SinkDefinition<Config extends ConfigSchema = ConfigSchema, Value = unknown> {
  readonly type: "sink";
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly schemas: readonly Schema[];
  /** The best guarantee that the sink can give. */
  readonly delivery: Delivery;
  readonly config: Config;
  /** The guarantee with this configuration, if that may be a weaker one. */
  deliveryOf?(config: InferConfig<Config>): Delivery;
  create(config: InferConfig<Config>, context: ConnectorContext): Sink<Value>;
}
