import type { HeaderValue } from "@iggy-connectors/protocol";
import type { CheckContext, CheckResult, ConnectorContext, OpenContext } from "./context.ts";
import type { Schema } from "./message.ts";
import type { ConfigSchema, InferConfig } from "./schema.ts";
import type { Delivery } from "./sink.ts";

export interface PollContext<State> {
  /** The committed checkpoint; the same again after a rejected or failed delivery. `undefined` on a fresh start. */
  readonly checkpoint: State | undefined;
  readonly signal: AbortSignal;
  readonly maxMessages: number;
  readonly maxBytes: number;
}

export interface ProducedMessage<Value = unknown> {
  /** Bytes are sent as they are when nothing changes them; anything else is encoded by the stream's schema. */
  readonly payload: Value | Uint8Array;
  /** Deterministic where the origin allows it, so that a replay is recognisable. */
  readonly id?: bigint;
  /** Decides the partition when `partition_by = "key"`. */
  readonly key?: string | Uint8Array;
  /** Used when `partition_by = "partition"`. */
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
  readonly messages: readonly ProducedMessage<Value>[];
  /** JSON-serialisable; covers all `messages`. Stored only after Iggy confirmed them. Absent: nothing moves. */
  readonly checkpoint?: State;
  /** How to read payload bytes when a transform needs values; absent: the stream's schema. */
  readonly schema?: Schema;
  /** There is more: poll again at once. */
  readonly more?: boolean;
  /** There will never be more (a count was reached, a file read once): the connector becomes `completed`. */
  readonly completed?: boolean;
}

/** Moves data into Iggy. `poll` is a function of the committed checkpoint that its context carries. */
export interface Source<State = unknown, Value = unknown> {
  open?(context: OpenContext): Promise<void>;
  /** Waits for data itself (within the signal); an empty batch is fine. */
  poll(context: PollContext<State>): Promise<ProducedBatch<State, Value>>;
  /**
   * Clean-up at the origin after the checkpoint was stored (with `checkpoints = "memory"`: after Iggy confirmed the
   * messages it covers). A newer checkpoint may be told instead of several. Must be idempotent.
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
   * `memory`: checkpoints mean nothing to another process, because what they count is lost with this one, such as the open
   * requests of a server. They are not stored, each run begins without one, and `onDelivered` follows Iggy's confirmation
   * at once: for origins that wait for an answer. Default `stored`.
   */
  readonly checkpoints?: "stored" | "memory";
  /** May run in several tasks at once. */
  readonly tasks?: boolean;
  /** Needs the lease when runtimes share sources. Default true. */
  readonly exclusive?: boolean;
  /** Reads the original runtime's MessagePack state; `undefined`: not understood, start fresh. */
  importState?(bytes: Uint8Array): State | undefined;
  create(config: InferConfig<Config>, context: ConnectorContext): Source<State, Value>;
}
