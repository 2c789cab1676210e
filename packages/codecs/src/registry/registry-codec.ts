import { FatalError, OutputBuffer, RejectedError } from "@iggy-connectors/sdk";
import type { RegisteredSchema, SchemaRegistry } from "@iggy-connectors/sdk/internal";
import type { Codec, RemoteSchemas } from "../codec.ts";
import { EXPECTED_BYTES } from "../codec.ts";
import { acceptsWhatDecodes } from "../primitives/accepts.ts";
import type { SchemaFormat, SchemaShape } from "./format.ts";
import { dataStart, peekSchemaId, readSchemaId } from "./framing.ts";
import { SchemaCache } from "./schema-cache.ts";

export interface RegistryOptions {
  readonly registry: SchemaRegistry;
  readonly format: SchemaFormat;
  /** The subject of what is written. */
  readonly subject: string;
  /** Register the configured schema if the subject does not have it. */
  readonly autoRegister: boolean;
  /** Each message begins with the id of its schema; otherwise all have the subject's newest schema. */
  readonly framed: boolean;
  /** Number of schemas that are cached. */
  readonly cacheSize: number;
}

/** The schema of messages that are written and, without framing, of those that are read. */
interface Current {
  readonly id: number;
  readonly shape: SchemaShape;
  readonly header: Uint8Array;
}

/**
 * A codec whose schemas come from a registry. Decoding and encoding are synchronous: the schemas have to be fetched before, by `remote`.
 * Payloads in the stream's own format (bytes of kind avro, proto) are not checked and get the header.
 */
export function createRegistryCodec(options: RegistryOptions): Codec {
  const { format, framed } = options;
  const { schema } = format;
  const remote = new RegistrySchemas(options);

  function decode(bytes: Uint8Array, start = 0, end = bytes.length): unknown {
    if (!framed) return remote.current().shape.read(bytes, start, end);
    const id = readSchemaId(schema, bytes, start, end);
    const shape = remote.shape(id);
    if (shape === undefined) throw unknownSchema(id);
    return shape.read(bytes, dataStart(start), end);
  }

  function encodeInto(value: unknown, kind: Parameters<Codec["encodeInto"]>[1], output: OutputBuffer): void {
    const start = output.position;
    const { shape, header } = remote.current();
    if (framed) output.writeBytes(header);
    try {
      shape.write(value, kind, output);
    } catch (error) {
      output.position = start;
      throw error;
    }
  }

  const codec: Codec = {
    schema,
    kind: "json",
    transcodes: true,
    remote,
    decode,
    accepts: acceptsWhatDecodes(decode),
    encode(value, kind = "json") {
      const output = new OutputBuffer(EXPECTED_BYTES);
      encodeInto(value, kind, output);
      return output.bytes.subarray(0, output.position);
    },
    encodeInto,
  };
  const readBare = (bytes: Uint8Array, start = 0, end = bytes.length): unknown =>
    remote.current().shape.readBare(bytes, start, end);
  const produced: Codec = {
    ...codec,
    decode: readBare,
    accepts: acceptsWhatDecodes(readBare),
  };
  return { ...codec, produced };
}

class RegistrySchemas implements RemoteSchemas {
  readonly #options: RegistryOptions;
  readonly #cache: SchemaCache<SchemaShape | RejectedError>;
  #current: Current | undefined;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#cache = new SchemaCache(options.registry, options.cacheSize, (schema, id) => this.#readable(schema, id));
  }

  idOf(bytes: Uint8Array, start: number, end: number): number | undefined {
    return peekSchemaId(bytes, start, end);
  }

  has(id: number): boolean {
    return this.#cache.has(id);
  }

  fetch(ids: ReadonlySet<number>, signal: AbortSignal): Promise<void> {
    return this.#cache.fetch(ids, signal);
  }

  get readsCurrent(): boolean {
    return !this.#options.framed;
  }

  get needsCurrent(): boolean {
    return this.#current === undefined;
  }

  async fetchCurrent(signal: AbortSignal): Promise<void> {
    const { registry, format, subject, autoRegister } = this.#options;
    const text = format.localText();
    if (text === undefined) {
      const latest = await registry.latest(subject, signal);
      if (latest === undefined) throw missingSubject(subject);
      this.#current = this.#compile(latest.schema, latest.id, `schema ${latest.id} of subject ${subject}`);
      return;
    }
    const { type } = format;
    const known = await registry.lookup(subject, type, text, signal);
    if (known === undefined && !autoRegister) throw missingSchema(subject);
    const id = known ?? (await registry.register(subject, type, text, signal));
    this.#current = this.#compile({ type, text, references: [] }, id, `schema ${id} of subject ${subject}`);
  }

  current(): Current {
    if (this.#current === undefined) throw new Error("a schema is used before it has been fetched");
    return this.#current;
  }

  /** Undefined: the registry has no schema with this id. Throws `RejectedError` for a schema that cannot be used. */
  shape(id: number): SchemaShape | undefined {
    const shape = this.#cache.get(id) ?? (this.#current?.id === id ? this.#current.shape : undefined);
    if (shape instanceof RejectedError) throw shape;
    return shape;
  }

  #compile(schema: RegisteredSchema, id: number, place: string): Current {
    const { format } = this.#options;
    if (schema.type !== format.type) throw new FatalError(wrongType(schema, format, place), WRONG_TYPE);
    const shape = format.compile(schema, place);
    return { id, shape, header: shape.header(id) };
  }

  /** A schema that cannot be used fails the messages that name it, not the connector. */
  #readable(schema: RegisteredSchema | FatalError, id: number): SchemaShape | RejectedError {
    const { format } = this.#options;
    const place = `schema ${id} of the registry`;
    if (schema instanceof FatalError) return unusable(schema, place);
    if (schema.type !== format.type) {
      return new RejectedError(wrongType(schema, format, place), { code: "IGC_DECODE_SCHEMA_ID" });
    }
    try {
      return format.compile(schema, place);
    } catch (cause) {
      if (!(cause instanceof FatalError)) throw cause;
      return unusable(cause, place);
    }
  }
}

const WRONG_TYPE = {
  code: "IGC_CONFIG_SCHEMA_INVALID",
  fix: "set the stream's schema to the type of the registry's schema",
} as const;

function wrongType({ type }: RegisteredSchema, format: SchemaFormat, place: string): string {
  return `${place} is of type ${type}, but a stream with schema ${format.schema} requires ${format.type}`;
}

function unusable(cause: FatalError, place: string): RejectedError {
  return new RejectedError(cause.message, { code: "IGC_DECODE_SCHEMA_ID", place, cause });
}

function unknownSchema(id: number): RejectedError {
  return new RejectedError(`the payload has the schema id ${id}, which the registry does not know`, {
    code: "IGC_DECODE_SCHEMA_ID",
    place: `schema ${id}`,
    fix: "check that the stream's registry is the one that the producer used",
  });
}

function missingSubject(subject: string): FatalError {
  return new FatalError(`subject ${JSON.stringify(subject)} of the schema registry has no schema`, {
    code: "IGC_CONFIG_SCHEMA_MISSING",
    place: "schema_registry.subject",
    fix: "register a schema, or set one in the stream's configuration",
  });
}

function missingSchema(subject: string): FatalError {
  return new FatalError(`subject ${JSON.stringify(subject)} of the schema registry does not have the stream's schema`, {
    code: "IGC_CONFIG_SCHEMA_MISSING",
    place: "schema_registry.subject",
    fix: "register the schema, or set schema_registry.auto_register = true",
  });
}
