/** The language of a schema, as registries spell it. */
export type SchemaType = "AVRO" | "PROTOBUF" | "JSON";

/** A schema with all schemas that it refers to. */
export interface RegisteredSchema {
  readonly type: SchemaType;
  readonly text: string;
  /** The schemas that it refers to, directly or indirectly, each after those that it refers to itself; named as in the references. */
  readonly references: readonly SchemaReference[];
}

export interface SchemaReference {
  readonly name: string;
  readonly text: string;
}

/**
 * A Confluent-compatible schema registry. Every call rejects with `RetryableError` while the registry is unavailable, and with
 * `FatalError` if it refuses the credentials; the code is `IGC_CONFIG_SCHEMA_REGISTRY` if the registry's content cannot be used.
 */
export interface SchemaRegistry {
  /** Undefined: the registry has no schema with this id. */
  byId(id: number, signal: AbortSignal): Promise<RegisteredSchema | undefined>;
  /** The newest version of a subject; undefined: it has none. */
  latest(
    subject: string,
    signal: AbortSignal,
  ): Promise<{ readonly id: number; readonly schema: RegisteredSchema } | undefined>;
  /** The id of a schema within a subject; undefined: it is not registered there. */
  lookup(subject: string, type: SchemaType, text: string, signal: AbortSignal): Promise<number | undefined>;
  /** Registers a schema (or finds it) and returns its id. Rejects with `FatalError` if the registry refuses it. */
  register(subject: string, type: SchemaType, text: string, signal: AbortSignal): Promise<number>;
}
