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

/** Moves messages out of Iggy. Every method may throw `RetryableError`, `RejectedError` or `FatalError`. */
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
  /** The last offset stored in the target itself. The larger of this and the offset stored in Iggy applies. */
  committed?(partition: PartitionRef): Promise<bigint | undefined>;
  /** An operator changed the offset: the next message will be that at `next`. */
  reset?(partition: PartitionRef, next: bigint): Promise<void>;
  /** These partitions were assigned to another member: discard what is staged for them. */
  revoked?(partitions: readonly PartitionRef[]): Promise<void>;
  /** Connects, authenticates and reports what is missing, without writing. */
  check?(context: CheckContext): Promise<CheckResult>;
  /** Called once, at the end. Best effort. */
  close?(): Promise<void>;
}

export type Delivery = "at-most-once" | "at-least-once" | "exactly-once";

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
