import type { z } from "zod";
import type { Schema } from "../contract/message.ts";
import type { FieldEdit } from "./field-edit.ts";

/** What `apply` returns to leave a message out on purpose. */
export const FILTERED: unique symbol = Symbol("filtered");

/** One compiled step of a connector's chain: built once, then a pure synchronous function of every message. */
export interface Transform {
  /** Kinds of payload it looks at; others pass unchanged. */
  readonly kinds: readonly Schema[];
  /**
   * The new value; the same reference when nothing changed; `FILTERED` to leave the message out. The input belongs to
   * somebody else and is never changed. Throwing fails this message only.
   */
  apply(value: unknown): unknown;
  /** The same work as edits of top-level members, where that is all it does: such chains run on bytes. */
  readonly edits?: readonly FieldEdit[];
}

/** A type of transform: one file each. Validation, documentation and the JSON Schema for editors come from `settings`. */
export interface TransformDefinition<Settings = unknown> {
  /** The spelling in configuration files. */
  readonly type: string;
  readonly description: string;
  readonly settings: z.ZodType<Settings>;
  create(settings: Settings): Transform;
}

/** Declares a transform; the settings' type flows into `create`. */
export function defineTransform<Settings>(definition: TransformDefinition<Settings>): TransformDefinition {
  return { ...definition, create: (settings) => definition.create(settings as Settings) };
}
