import type { TransformMessage } from "./transform.ts";

/** What a transform is given while it is compiled. */
export interface TransformContext {
  /** The step's name, for errors. */
  readonly name: string;
  /** Which side of Iggy the connector is on; undefined where that is not known, as in tests. */
  readonly connector: "sink" | "source" | undefined;
  /** Names of the connector's `[[streams]]` entries; undefined where that is not known. */
  readonly targets: readonly string[] | undefined;
  /** Folders in which relative paths are looked for, in this order. */
  readonly directories: readonly string[];
  /** The absolute path of a file that the settings name. */
  resolve(path: string): string;
  /** Imports a user's module. Throws where modules cannot be loaded. */
  loadModule(path: string): Promise<Readonly<Record<string, unknown>>>;
  /** Compiles a CEL expression; the library is loaded with the first. Throws `FatalError` naming `key`. */
  expression(source: string, key: string): Promise<Expression>;
  /** An error about one of the step's settings. */
  invalid(key: string, message: string): Error;
}

/** A compiled CEL expression: its value for a message. Throws `RejectedError` (`IGC_TRANSFORM_EXPRESSION`). */
export interface Expression {
  (message: TransformMessage): unknown;
  /** The top-level fields of the payload that alone decide its value; undefined: it looks at more. */
  readonly fields: readonly string[] | undefined;
}
