import type { MovedParts } from "../expressions/moved-parts.ts";
import type { TransformMessage } from "./transform.ts";

/** What a step can use while it is compiled. */
export interface TransformContext {
  /** The step's name, for errors. */
  readonly name: string;
  /** Which side of Iggy the connector is on; undefined if unknown, as in tests. */
  readonly connector: "sink" | "source" | undefined;
  /** Names of the connector's `[[streams]]` entries; undefined if unknown. */
  readonly targets: readonly string[] | undefined;
  /** Folders in which relative paths are looked up, in this order. */
  readonly directories: readonly string[];
  /** The absolute path of a file that the settings name. */
  resolve(path: string): string;
  /** Imports a user's module. Throws where modules cannot be loaded. */
  loadModule(path: string): Promise<Readonly<Record<string, unknown>>>;
  /** Compiles a CEL expression; the first one loads the library. Throws `FatalError` that names `key`. */
  expression(source: string, key: string): Promise<Expression>;
  /** The error to throw for an invalid setting of the step. */
  invalid(key: string, message: string): Error;
}

/** A compiled CEL expression. Returns its value for a message; throws `RejectedError` (`IGC_TRANSFORM_EXPRESSION`). */
export interface Expression {
  (message: TransformMessage): unknown;
  /** The top-level fields of the payload that its value depends on; undefined: it depends on more than fields. */
  readonly fields: readonly string[] | undefined;
  /** Puts its value together of parts of the payload as they are written; undefined: it computes something. */
  readonly moved: MovedParts | undefined;
}
