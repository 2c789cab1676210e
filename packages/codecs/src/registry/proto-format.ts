import type { Type } from "protobufjs";
import { decodeError, schemaError } from "../errors/codec-error.ts";
import { compileMessageTypes } from "../proto/compile.ts";
import type { MessagePlan, MessageTypes } from "../proto/model.ts";
import { type ProtoOptions, protoForm, protoMessageCodec } from "../proto/proto-codec.ts";
import { protobuf } from "../proto/protobuf-library.ts";
import { readProtoMessage } from "../proto/reader.ts";
import { loadProtoSchema } from "../proto/schema.ts";
import { readSchemaFile } from "../schema-files.ts";
import type { SchemaFormat, SchemaShape } from "./format.ts";
import { frameHeader, readMessageIndexes } from "./framing.ts";

/** Protobuf data with registered schemas: the header says which message type of the schema they have. */
export function protoFormat(options: ProtoOptions): SchemaFormat {
  const form = protoForm(options);
  return {
    schema: "proto",
    type: "PROTOBUF",
    compile({ text, references }, place) {
      const imports = new Map(references.map((reference) => [reference.name, reference.text]));
      const { root } = loadProtoSchema({ text: { source: text, imports } }, []);
      return new ProtoShape(compileMessageTypes({ root, place }, form), orderedTypes(text), options.messageType, place);
    },
    localText() {
      const { schemaPath, descriptorSet, folders = [] } = options;
      if (schemaPath === undefined && descriptorSet !== undefined) {
        throw schemaError(
          "a descriptor set cannot be registered: set proto_schema_path, or neither key to use the subject's newest schema",
          "proto_descriptor_set",
        );
      }
      if (schemaPath === undefined) return undefined;
      return readSchemaFile(schemaPath, folders, "proto_schema_path").bytes.toString("utf8");
    },
  };
}

/** A message type by name, with its nested types, in the order of the file: message indexes refer to that order. */
interface OrderedType {
  readonly name: string;
  readonly types: readonly OrderedType[];
}

class ProtoShape implements SchemaShape {
  readonly #types: MessageTypes;
  readonly #order: readonly OrderedType[];
  readonly #messageType: string | undefined;
  readonly #place: string;
  readonly #plans = new Map<string, MessagePlan>();
  #writer: { readonly indexes: readonly number[]; readonly codec: ReturnType<typeof protoMessageCodec> } | undefined;

  constructor(types: MessageTypes, order: readonly OrderedType[], messageType: string | undefined, place: string) {
    this.#types = types;
    this.#order = order;
    this.#messageType = messageType;
    this.#place = place;
  }

  read(bytes: Uint8Array, start: number, end: number): unknown {
    const { indexes, next } = readMessageIndexes(bytes, start, end);
    return readProtoMessage(this.#types, this.#planAt(indexes), bytes, next, end);
  }

  readBare(bytes: Uint8Array, start: number, end: number): unknown {
    return this.#written().codec.decode(bytes, start, end);
  }

  header(id: number): Uint8Array {
    return frameHeader(id, this.#written().indexes);
  }

  write(...payload: Parameters<SchemaShape["write"]>): void {
    this.#written().codec.encodeInto(...payload);
  }

  #planAt(indexes: readonly number[]): MessagePlan {
    const key = indexes.join(",");
    let plan = this.#plans.get(key);
    if (plan === undefined) {
      const name = nameAt(this.#order, indexes);
      plan = name === undefined ? undefined : this.#types.find(name);
      if (plan === undefined) throw decodeError("proto", `its schema has no message at [${key}] (${this.#place})`);
      this.#plans.set(key, plan);
    }
    return plan;
  }

  /** The message type that is written: the configured one, else the first of the file. */
  #written(): { readonly indexes: readonly number[]; readonly codec: ReturnType<typeof protoMessageCodec> } {
    if (this.#writer === undefined) {
      const indexes = this.#messageType === undefined ? [0] : indexesOf(this.#order, this.#messageType);
      const name = indexes === undefined ? undefined : nameAt(this.#order, indexes);
      const plan = name === undefined ? undefined : this.#types.find(name);
      if (indexes === undefined || plan === undefined) {
        throw schemaError(
          `the schema has no message type${this.#messageType === undefined ? "" : ` ${this.#messageType}`}`,
          this.#place,
        );
      }
      this.#writer = { indexes, codec: protoMessageCodec(this.#types, plan) };
    }
    return this.#writer;
  }
}

function nameAt(types: readonly OrderedType[], [first, ...rest]: readonly number[]): string | undefined {
  const found = first === undefined ? undefined : types[first];
  return found === undefined || rest.length === 0 ? found?.name : nameAt(found.types, rest);
}

function indexesOf(types: readonly OrderedType[], name: string): readonly number[] | undefined {
  for (const [index, type] of types.entries()) {
    if (type.name === name) return [index];
    const within = indexesOf(type.types, name);
    if (within !== undefined) return [index, ...within];
  }
  return undefined;
}

/** The message types of the schema's own file, without those of its references. */
function orderedTypes(text: string): readonly OrderedType[] {
  const library = protobuf();
  const root = new library.Root();
  const { package: name } = library.parse(text, root, { keepCase: true });
  const holder = name === undefined || name === null ? root : root.lookup(name);
  return holder instanceof library.Namespace ? typesWithin(holder.nestedArray) : [];
}

function typesWithin(objects: readonly object[]): readonly OrderedType[] {
  const { Type: TypeClass } = protobuf();
  return objects
    .filter((object): object is Type => object instanceof TypeClass)
    .map((type) => ({ name: type.fullName.slice(1), types: typesWithin(type.nestedArray) }));
}
