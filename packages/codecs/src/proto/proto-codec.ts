import type { Schema } from "@iggy-connectors/sdk";
import { FatalError, OutputBuffer, parseJson } from "@iggy-connectors/sdk";
import { isJsonObject, suggest } from "@iggy-connectors/sdk/internal";
import type { Codec } from "../codec.ts";
import { EXPECTED_BYTES } from "../codec.ts";
import { decodeError, encodeError } from "../errors/codec-error.ts";
import { payloadTypeError } from "../errors/payload-type.ts";
import { plainBytes } from "../plain/plain-bytes.ts";
import { acceptsWhatDecodes } from "../primitives/accepts.ts";
import type { Int64As } from "../primitives/integers.ts";
import { renameMembers } from "../primitives/member.ts";
import type { SchemaFolders } from "../schema-files.ts";
import { readAnyWrapper, writeAnyWrapper } from "./any-wrapper.ts";
import { compileMessageTypes } from "./compile.ts";
import type { MessageForm, MessagePlan, MessageTypes } from "./model.ts";
import { readProtoMessage } from "./reader.ts";
import { loadProtoSchema, type ProtoSchema } from "./schema.ts";
import { writeProtoMessage } from "./writer.ts";

type ProtoMode = "any" | "message" | "raw";

export interface ProtoOptions {
  /** A `.proto` file; wins over `descriptorSet`. */
  readonly schemaPath?: string | undefined;
  /** A serialised `FileDescriptorSet`: its file, base64 text, or its bytes. */
  readonly descriptorSet?: string | Uint8Array | undefined;
  /** Folders that are searched for imports. */
  readonly includePaths?: readonly string[] | undefined;
  /** Full name of the message type. */
  readonly messageType?: string | undefined;
  /** Default: `message` if `messageType` is set, else `any`. */
  readonly mode?: ProtoMode | undefined;
  /** lowerCamelCase names instead of those of the `.proto` file. Default false. */
  readonly jsonNames?: boolean | undefined;
  /** Numbers of enum values instead of their names. Default false. */
  readonly enumNumbers?: boolean | undefined;
  /** Include absent fields without presence. Default false. */
  readonly emitDefaults?: boolean | undefined;
  /** Default `string`, as in protobuf's JSON mapping. */
  readonly int64As?: Int64As | undefined;
  /** Keep fields that the type does not have, as `unknown_field_<number>`. Default false. */
  readonly preserveUnknownFields?: boolean | undefined;
  /** Renames top-level members: `decode` from key to value, `encode` from value to key, as the original's protobuf codec. */
  readonly fieldMappings?: ReadonlyMap<string, string> | undefined;
  /** Prefix of the type URL of the Any that is written without a schema. Default `type.googleapis.com`. */
  readonly typeUrlPrefix?: string | undefined;
  readonly folders?: SchemaFolders | undefined;
}

/**
 * The codec of schema `proto`. In `message` mode values are those of protobuf's JSON mapping; in `any` mode the
 * original's object; in `raw` mode bytes. Throws `FatalError` (`IGC_CONFIG_SCHEMA_…`) for a schema that cannot be used.
 */
export function createProtoCodec(options: ProtoOptions = {}): Codec {
  const mode = options.mode ?? (options.messageType === undefined ? "any" : "message");
  if (mode === "raw") return rawMode;
  const { fieldMappings, typeUrlPrefix = "type.googleapis.com" } = options;
  if (mode === "any") return anyMode(fieldMappings, typeUrlPrefix);
  const types = compileMessageTypes(requireSchema(options), protoForm(options));
  return protoMessageCodec(types, requireType(types, options), fieldMappings);
}

/** The form of values, from the options. */
export function protoForm(options: ProtoOptions): MessageForm {
  return {
    jsonNames: options.jsonNames ?? false,
    enumNumbers: options.enumNumbers ?? false,
    emitDefaults: options.emitDefaults ?? false,
    int64As: options.int64As ?? "string",
    preserveUnknownFields: options.preserveUnknownFields ?? false,
  };
}

/** A codec for messages of one type. */
export function protoMessageCodec(
  types: MessageTypes,
  plan: MessagePlan,
  mappings?: ReadonlyMap<string, string>,
): Codec {
  const reversed = mappings === undefined ? undefined : new Map([...mappings].map(([key, value]) => [value, key]));
  return protoCodec(
    (bytes, start, end) => renameMembers(readProtoMessage(types, plan, bytes, start, end), mappings),
    (value, kind, output) => {
      const members = renameMembers(messageValue(value, kind), reversed);
      writeProtoMessage(
        types,
        plan,
        isJsonObject(members) || plan.wellKnown !== undefined ? members : { value: members },
        output,
      );
    },
  );
}

function anyMode(mappings: ReadonlyMap<string, string> | undefined, prefix: string): Codec {
  return protoCodec(
    (bytes, start, end) => renameMembers(readAnyWrapper(bytes, start, end), mappings),
    (value, kind, output) => writeAnyWrapper(value, kind, prefix, output),
  );
}

type Read = (bytes: Uint8Array, start: number, end: number) => unknown;
type Write = (value: unknown, kind: Schema, output: OutputBuffer) => void;

function protoCodec(read: Read, write: Write): Codec {
  function decode(bytes: Uint8Array, start = 0, end = bytes.length): unknown {
    if (start === end) throw decodeError("proto", "it is empty");
    return read(bytes, start, end);
  }
  return {
    schema: "proto",
    kind: "json",
    decode,
    accepts: acceptsWhatDecodes(decode),
    encode(value, kind = "json") {
      const output = new OutputBuffer(EXPECTED_BYTES);
      write(value, kind, output);
      return output.bytes.subarray(0, output.position);
    },
    encodeInto: write,
  };
}

/** Bytes in, bytes out. Payloads of other kinds are written as their plain bytes. */
const rawMode: Codec = {
  schema: "proto",
  kind: "raw",
  decode(bytes, start = 0, end = bytes.length) {
    if (start === end) throw decodeError("proto", "it is empty");
    return bytes.subarray(start, end);
  },
  accepts: (_bytes, start, end) => start < end,
  encode: (value, kind = "raw") => plainBytes("proto", value, kind),
  encodeInto(value, kind, output) {
    output.writeBytes(plainBytes("proto", value, kind));
  },
};

/** The value of a payload for a message: json payloads themselves, text and raw payloads parsed as JSON. */
function messageValue(value: unknown, kind: Schema): unknown {
  if (kind === "json" && !(value instanceof Uint8Array)) return value;
  const isText = kind === "text" && typeof value === "string";
  if (!isText && !(kind === "raw" && value instanceof Uint8Array)) throw payloadTypeError("proto", kind, value);
  try {
    return parseJson(isText ? Buffer.from(value) : (value as Uint8Array));
  } catch (cause) {
    throw encodeError("proto", `the ${kind} payload is not JSON (${cause instanceof Error ? cause.message : cause})`);
  }
}

function requireSchema(options: ProtoOptions): ProtoSchema {
  const { schemaPath, descriptorSet, includePaths, folders = [] } = options;
  if (schemaPath === undefined && descriptorSet === undefined) {
    throw new FatalError("protobuf messages need a schema, but none is configured", {
      code: "IGC_CONFIG_SCHEMA_MISSING",
      fix: 'set proto_schema_path or proto_descriptor_set, or proto_mode = "any"',
    });
  }
  return loadProtoSchema(schemaPath === undefined ? { descriptorSet } : { schemaPath, includePaths }, folders);
}

function requireType(types: MessageTypes, { messageType }: ProtoOptions): MessagePlan {
  const found = messageType === undefined ? undefined : types.find(messageType);
  if (found !== undefined) return found;
  const near = messageType === undefined ? undefined : suggest(messageType, types.names);
  throw new FatalError(
    messageType === undefined
      ? "protobuf messages need a message type, but none is configured"
      : `the schema has no message type ${JSON.stringify(messageType)}`,
    {
      code: "IGC_CONFIG_SCHEMA_TYPE",
      place: "proto_message_type",
      fix: `${near === undefined ? "" : `did you mean ${near}? `}the schema has ${listOf(types.names)}`,
    },
  );
}

const LISTED = 10;

function listOf(names: readonly string[]): string {
  const listed = names.slice(0, LISTED).join(", ");
  return names.length > LISTED ? `${listed} and ${names.length - LISTED} more` : listed || "no message types";
}
