import type { HeaderValue } from "@iggy-connectors/protocol";
import type { CheckContext, CheckResult, ConnectorContext, Delivery, OpenContext } from "./context.ts";
import type { Schema } from "./message.ts";
import type { PackedMessages, ProducedMessages } from "./packed-messages.ts";
import type { ConfigSchema, InferConfig } from "./schema.ts";

export interface PollContext<State> {
  /** The committed checkpoint; the same again after a delivery that failed. `undefined` at the first start. */
  readonly checkpoint: State | undefined;
  readonly signal: AbortSignal;
  readonly maxMessages: number;
  readonly maxBytes: number;
  /**
   * Packed messages that this source has returned before, of a batch that has ended: nothing reads them any more, so that their memory may
   * be written again. Absent where there are none.
   */
  readonly spent?: PackedMessages | undefined;
}

export interface ProducedMessage<Value = unknown> {
  /**
   * Bytes of the stream's schema are sent unchanged unless a transform changes them; everything else is encoded by the stream's schema.
   * Bytes that the schema cannot read fail.
   */
  readonly payload: Value | Uint8Array;
  /** Should be deterministic if the origin allows it, so that a replay can be recognized. */
  readonly id?: bigint;
  /** Determines the partition with `partition_by = "key"`. */
  readonly key?: string | Uint8Array;
  /** The partition with `partition_by = "partition"`. */
  readonly partition?: number;
  /** Name of a `[[streams]]` entry; absent: every entry receives it. */
  readonly stream?: string;
  readonly headers?:
    | ReadonlyMap<string, HeaderValue>
    | Readonly<Record<string, string | number | boolean | bigint | Uint8Array>>;
  /** Origin time, microseconds since the Unix epoch. */
  readonly timestamp?: number;
}

export interface ProducedBatch<State = unknown, Value = unknown> {
  readonly messages: ProducedMessages<Value>;
  /** Covers all `messages`; must be serializable as JSON. Stored only after Iggy confirmed the messages. Absent: the checkpoint stays. */
  readonly checkpoint?: State;
  /** The schema of payload bytes; absent: the stream's. */
  readonly schema?: Schema;
  /** There is more data: poll again immediately. */
  readonly more?: boolean;
  /** There will be no more data (a count was reached, a file was read once): the connector becomes `completed`. */
  readonly completed?: boolean;
}

/** Moves data into Iggy. `poll` is a function of the committed checkpoint in its context. */
export interface Source<State = unknown, Value = unknown> {
  open?(context: OpenContext): Promise<void>;
  /** Waits for data itself, until the signal is aborted; may return an empty batch. */
  poll(context: PollContext<State>): Promise<ProducedBatch<State, Value>>;
  /**
   * Clean-up at the origin after the checkpoint was stored (with `checkpoints: "memory"`, after Iggy confirmed the messages that it
   * covers). One call may stand for several checkpoints, with the newest of them. Must be idempotent.
   */
  onDelivered?(checkpoint: State): Promise<void>;
  check?(context: CheckContext): Promise<CheckResult>;
  close?(): Promise<void>;
}

export interface SourceDefinition<Config extends ConfigSchema = ConfigSchema, State = unknown, Value = unknown> {
  readonly type: "source";
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly schemas: readonly Schema[];
  readonly delivery: Delivery;
  readonly config: Config;
  /**
   * `memory`: checkpoints are of use only to this process, because what they refer to, such as the open requests of a server, ends with it.
   * They are not stored, every run begins without one, and `onDelivered` is called as soon as Iggy confirmed the messages: for
   * origins that wait for an answer. Default `stored`.
   */
  readonly checkpoints?: "stored" | "memory";
  /** Whether the source may run in several tasks at once. Default false. */
  readonly tasks?: boolean;
  /** Whether only one of several runtimes may run the source, the one that has the lease. Default true. */
  readonly exclusive?: boolean;
  /** Reads the original runtime's MessagePack state. `undefined`: it is not understood, and the source starts without a checkpoint. */
  importState?(bytes: Uint8Array): State | undefined;
  /**
   * The schema of the bytes that a source of this configuration produces, where it is known before it runs: a dry run reads the input that it is
   * given by it. `undefined`: the stream's.
   */
  schemaOf?(config: InferConfig<Config>): Schema | undefined;
  create(config: InferConfig<Config>, context: ConnectorContext): Source<State, Value>;
}
