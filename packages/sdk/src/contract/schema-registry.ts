/** What a registry says a schema is written in, as it spells it. */
export type SchemaType = "AVRO" | "PROTOBUF" | "JSON";

/** A schema with everything it refers to. */
export interface RegisteredSchema {
  readonly type: SchemaType;
  readonly text: string;
  /** All schemas that it refers to, directly or not, each behind those that it refers to itself; by the names they are referred to. */
  readonly references: readonly SchemaReference[];
}

export interface SchemaReference {
  readonly name: string;
  readonly text: string;
}

/**
 * A Confluent-compatible schema registry. Every call throws `RetryableError` while it is away, and `FatalError` where it
 * refuses the credentials, with code `IGC_CONFIG_SCHEMA_REGISTRY` where what it holds cannot be used.
 */
export interface SchemaRegistry {
  /** Undefined: there is no schema with this id. */
  byId(id: number, signal: AbortSignal): Promise<RegisteredSchema | undefined>;
  /** The newest version of a subject; undefined: it has none. */
  latest(
    subject: string,
    signal: AbortSignal,
  ): Promise<{ readonly id: number; readonly schema: RegisteredSchema } | undefined>;
  /** The id of a schema within a subject; undefined: it is not registered there. */
  lookup(subject: string, type: SchemaType, text: string, signal: AbortSignal): Promise<number | undefined>;
  /** Registers a schema (or finds it) and returns its id. Throws `FatalError` where the registry refuses it. */
  register(subject: string, type: SchemaType, text: string, signal: AbortSignal): Promise<number>;
}
