import type {
  CheckContext,
  CheckResult,
  ConnectorContext,
  ConsumeContext,
  FlushContext,
  OpenContext,
} from "./context.ts";
import type { MessageBatch, PartitionRef, Schema } from "./message.ts";
import type { ConfigSchema, InferConfig } from "./schema.ts";

/** Messages that the destination will never take, each with its reason. The others of the batch were written. */
export interface ConsumeResult {
  readonly rejected?: readonly RejectedMessage[];
}

export interface RejectedMessage {
  readonly offset: bigint;
  readonly error: unknown;
  /** Only where `flush` reports for several partitions; absent in `consume`, where the batch says it. */
  readonly partition?: PartitionRef;
}

/** Moves messages out of Iggy. Every method may throw `RetryableError`, `RejectedError` or `FatalError`. */
export interface Sink<Value = unknown> {
  /** Once, before anything else. */
  open?(context: OpenContext): Promise<void>;
  /**
   * Returning means that every message was written durably, or names the rejected ones; offsets then move past the batch.
   * With `flush` present returning means only staged. Never two calls at once for one partition unless `max_in_flight` > 1.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: an async method that returns nothing has the type Promise<void>
  consume(batch: MessageBatch<Value>, context: ConsumeContext): Promise<ConsumeResult | undefined | void>;
  /** Writes what `consume` staged. Returning means durable; offsets move. */
  // biome-ignore lint/suspicious/noConfusingVoidType: an async method that returns nothing has the type Promise<void>
  flush?(context: FlushContext): Promise<ConsumeResult | undefined | void>;
  /** Last offset stored in the target itself; the larger of this and Iggy's stored offset wins. */
  committed?(partition: PartitionRef): Promise<bigint | undefined>;
  /** An operator moved the offset: the next message will be `next`. */
  reset?(partition: PartitionRef, next: bigint): Promise<void>;
  /** These partitions now belong to somebody else: discard what is staged for them. */
  revoked?(partitions: readonly PartitionRef[]): Promise<void>;
  /** Connects, authenticates and says what is missing, without writing. */
  check?(context: CheckContext): Promise<CheckResult>;
  /** Once, at the end. Best effort. */
  close?(): Promise<void>;
}

export type Delivery = "at-most-once" | "at-least-once" | "exactly-once";

export interface SinkDefinition<Config extends ConfigSchema = ConfigSchema, Value = unknown> {
  readonly type: "sink";
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly schemas: readonly Schema[];
  /** The best it promises. */
  readonly delivery: Delivery;
  readonly config: Config;
  /** What it promises with this configuration, where that may be less. */
  deliveryOf?(config: InferConfig<Config>): Delivery;
  create(config: InferConfig<Config>, context: ConnectorContext): Sink<Value>;
}
