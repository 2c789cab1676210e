import type { OutputBuffer, Schema } from "@iggy-connectors/sdk";
import type { RegisteredSchema, SchemaType } from "@iggy-connectors/sdk/internal";

/** How the data of one schema are read and written, between frame and end. Throws `RejectedError`. */
export interface SchemaShape {
  /** `start`: behind the schema id. */
  read(bytes: Uint8Array, start: number, end: number): unknown;
  /** Data that nothing stands before, of the type that is written. */
  readBare(bytes: Uint8Array, start: number, end: number): unknown;
  /** What stands before the data when this schema has the id. */
  header(id: number): Uint8Array;
  write(value: unknown, kind: Schema, output: OutputBuffer): void;
}

/** One of the three languages that registries hold schemas in. */
export interface SchemaFormat {
  readonly schema: Schema;
  readonly type: SchemaType;
  /** Throws `FatalError` for a schema that cannot be used. `place` names it. */
  compile(schema: RegisteredSchema, place: string): SchemaShape;
  /** The text of the schema that the configuration names, to be registered; undefined: it names none. */
  localText(): string | undefined;
}
