import type { Headers, Schema } from "@iggy-connectors/sdk";
import type { z } from "zod";
import type { TransformContext } from "./context.ts";
import type { TransformExample } from "./example.ts";
import type { FieldEdit } from "./field-edit.ts";

/** Returned by a transform to filter a message. */
export const FILTERED: unique symbol = Symbol("filtered");

/** One compiled step of a connector's chain: built once, then a synchronous function of every message. */
export type Transform = ValueTransform | MessageTransform;

interface TransformBase {
  /** Kinds of payload that it processes; messages of other kinds pass unchanged. */
  readonly kinds: readonly Schema[];
}

/** Reads and changes only the payload, and keeps its kind. */
export interface ValueTransform extends TransformBase {
  /**
   * Returns the new value, the same reference when nothing changed, or `FILTERED`. The input is shared and must not be changed. Throwing
   * fails this message only.
   */
  apply(value: unknown): unknown;
  /**
   * Whether `apply` also takes JSON that is not decoded (`JsonText`), and leaves what it does not look at as it is. Absent: it gets plain
   * values.
   */
  readonly takesText?: boolean;
  /** The same work as edits of top-level members, where that is possible: such chains run on bytes. */
  readonly edits?: readonly FieldEdit[];
  readonly process?: undefined;
  readonly outputKind?: undefined;
}

/** Reads or changes headers or metadata, changes the payload's kind, or makes several messages of one. */
export interface MessageTransform extends TransformBase {
  /**
   * Changes the message by assigning to its fields (never inside its value). Returns `undefined`: the message goes on; `FILTERED`: it is
   * filtered; a list: these messages go on instead, and an empty list filters it. Throwing fails the whole original message, and no other.
   */
  process(message: TransformMessage): StepResult;
  /** The kind of the result for a kind of input; absent: the same. It determines the schema of the batch. */
  outputKind?(kind: Schema): Schema;
  readonly apply?: undefined;
  readonly takesText?: undefined;
  readonly edits?: undefined;
}

export type StepResult = undefined | typeof FILTERED | readonly DerivedMessage[];

/** A message within its chain. One object is used for all messages of a batch: copy what you keep. */
export interface TransformMessage extends MessageMetadata {
  /** Decoded; replace it, never change it in place. A JSON text (`JsonText`) may be assigned, too. */
  value: unknown;
  /** The payload for steps that look at parts of it: JSON is not decoded (`JsonText`) where it can be edited as text. */
  readonly part: unknown;
  /** Whether the value was decoded for this chain: then a step may change it in place, if it assigns a new reference. */
  readonly owned: boolean;
  /** What the value is: `json` a JsonValue; `text`, `proto` a string; `raw`, `flat_buffer`, `avro` bytes. */
  kind: Schema;
  /** Read on access; assign a new map to change them. */
  headers: Headers;
  /** Sources: name of the `[[streams]]` entry it goes to; undefined: every entry. */
  target: string | undefined;
  /** Sources: decides the partition when `partition_by = "key"`. */
  key: string | Uint8Array | undefined;
}

/** Where a message came from. Undefined: a message of a source does not have it yet. */
export interface MessageMetadata {
  readonly stream: string | undefined;
  readonly topic: string | undefined;
  readonly partition: number | undefined;
  readonly offset: bigint | undefined;
  readonly id: bigint | undefined;
  readonly checksum: bigint | undefined;
  /** Broker time, microseconds since the Unix epoch. */
  readonly timestamp: number | undefined;
  /** Producer time, microseconds since the Unix epoch. */
  readonly originTimestamp: number | undefined;
}

/** One of the messages that a step makes of one. What is absent stays unchanged. */
export interface DerivedMessage {
  /** A value, or a JSON text. */
  readonly value: unknown;
  readonly kind?: Schema;
  readonly headers?: Headers;
  readonly target?: string;
  readonly key?: string | Uint8Array;
}

/** A type of transform; each has its own file below `steps`. Validation, documentation and the JSON Schema for editors come from `settings`. */
export interface TransformDefinition<Settings = unknown> {
  /** The spelling in configuration files. */
  readonly type: string;
  readonly description: string;
  /** Further paragraphs of its reference page, such as differences from the original. */
  readonly notes?: readonly string[];
  readonly settings: z.ZodType<Settings>;
  /** Shown on its reference page, and run by a test. */
  readonly examples: readonly TransformExample[];
  /** Compiles the step, and loads the libraries that it needs. Throwing fails the connector. */
  create(settings: Settings, context: TransformContext): Transform | Promise<Transform>;
}

/** Declares a transform; the settings' type flows into `create`. */
export function defineTransform<Settings>(definition: TransformDefinition<Settings>): TransformDefinition {
  return { ...definition, create: (settings, context) => definition.create(settings as Settings, context) };
}
