import type { OutputBuffer, Schema } from "@iggy-connectors/sdk";
import type { RegisteredSchema, SchemaType } from "@iggy-connectors/sdk/internal";

/** Reads and writes the data of one schema. Throws `RejectedError`. */
export interface SchemaShape {
  /** `start`: after the schema id. */
  read(bytes: Uint8Array, start: number, end: number): unknown;
  /** Reads data without a header, of the type that is written. */
  readBare(bytes: Uint8Array, start: number, end: number): unknown;
  /** The header of the data if this schema has the id. */
  header(id: number): Uint8Array;
  write(value: unknown, kind: Schema, output: OutputBuffer): void;
}

/** One of the three languages of schemas in registries. */
export interface SchemaFormat {
  readonly schema: Schema;
  readonly type: SchemaType;
  /** Throws `FatalError` for a schema that cannot be used. `place` names it. */
  compile(schema: RegisteredSchema, place: string): SchemaShape;
  /** The schema in the configuration, to be registered; undefined if there is none. */
  localText(): string | undefined;
}
