import type { Headers, Schema } from "@iggy-connectors/sdk";
import type { z } from "zod";
import type { TransformContext } from "./context.ts";
import type { TransformExample } from "./example.ts";
import type { FieldEdit } from "./field-edit.ts";

/** What a transform returns to leave a message out on purpose. */
export const FILTERED: unique symbol = Symbol("filtered");

/** One compiled step of a connector's chain: built once, then a synchronous function of every message. */
export type Transform = ValueTransform | MessageTransform;

interface TransformBase {
  /** Kinds of payload it looks at; others pass unchanged. */
  readonly kinds: readonly Schema[];
}

/** Looks at nothing but the payload, and keeps its kind. */
export interface ValueTransform extends TransformBase {
  /**
   * The new value; the same reference when nothing changed; `FILTERED` to leave the message out. The input belongs to
   * somebody else and is never changed. Throwing fails this message only.
   */
  apply(value: unknown): unknown;
  /** The same work as edits of top-level members, where that is all it does: such chains run on bytes. */
  readonly edits?: readonly FieldEdit[];
  readonly process?: undefined;
  readonly outputKind?: undefined;
}

/** Needs headers or metadata, changes them, changes the payload's kind, or makes several messages of one. */
export interface MessageTransform extends TransformBase {
  /**
   * Changes the message by assigning to its fields (never inside its value). Returns nothing: it goes on; `FILTERED`: it is left
   * out; a list: these go on in its place, none means left out. Throwing fails the whole original message only.
   */
  process(message: TransformMessage): StepResult;
  /** The kind that comes out for one that goes in; absent: the same. What a batch's schema becomes. */
  outputKind?(kind: Schema): Schema;
  readonly apply?: undefined;
  readonly edits?: undefined;
}

export type StepResult = undefined | typeof FILTERED | readonly DerivedMessage[];

/** A message in the middle of its chain. One object serves all messages of a batch: copy what you keep. */
export interface TransformMessage extends MessageMetadata {
  /** Decoded; replace it, never change it in place. */
  value: unknown;
  /** Whether the value was made for this chain: then it may be changed in place by a step that says so with a new reference. */
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

/** Where a message came from. What a source's message does not have (yet) is undefined. */
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

/** One of the messages that a step makes of one. What is absent stays as it was. */
export interface DerivedMessage {
  readonly value: unknown;
  readonly kind?: Schema;
  readonly headers?: Headers;
  readonly target?: string;
  readonly key?: string | Uint8Array;
}

/** A type of transform: one file each. Validation, documentation and the JSON Schema for editors come from `settings`. */
export interface TransformDefinition<Settings = unknown> {
  /** The spelling in configuration files. */
  readonly type: string;
  readonly description: string;
  /** What else its reference page says, such as where the original differs; one paragraph each. */
  readonly notes?: readonly string[];
  readonly settings: z.ZodType<Settings>;
  /** Shown on its reference page, and run by a test. */
  readonly examples: readonly TransformExample[];
  /** Compiles the step. Loads here what only this step needs. Throwing fails the connector. */
  create(settings: Settings, context: TransformContext): Transform | Promise<Transform>;
}

/** Declares a transform; the settings' type flows into `create`. */
export function defineTransform<Settings>(definition: TransformDefinition<Settings>): TransformDefinition {
  return { ...definition, create: (settings, context) => definition.create(settings as Settings, context) };
}
