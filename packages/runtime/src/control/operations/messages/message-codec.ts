import { type Codec, type CodecKeys, codecFor, createCodec } from "@iggy-connectors/codecs";
import type { MessageFrames } from "@iggy-connectors/protocol";
import { FatalError, type Schema } from "@iggy-connectors/sdk";
import { bytesOf } from "../../../shared/tap/show.ts";

/** The schemas in which messages are sent and read by hand. */
export const MESSAGE_SCHEMAS = ["raw", "json", "text", "avro", "proto", "flat_buffer"] as const satisfies Schema[];
export type MessageSchema = (typeof MESSAGE_SCHEMAS)[number];

export interface MessageSchemaKeys {
  /** File with the schema, relative to the working directory: required for avro, proto and flat_buffer, and only there. */
  readonly schemaPath?: string | undefined;
  /** Full name of the message type: proto only. */
  readonly messageType?: string | undefined;
}

/** Turns what a person writes into payloads of a schema, and back. */
export class MessageCodec {
  readonly #codec: Codec;
  readonly #json = codecFor("json");

  private constructor(codec: Codec) {
    this.#codec = codec;
  }

  /** Rejects with `FatalError` where the schema cannot be used. `topic`: where the messages are. */
  static async open(schema: MessageSchema, keys: MessageSchemaKeys, topic: string): Promise<MessageCodec> {
    return new MessageCodec(await createCodec(schema, codecKeysOf(schema, keys), { folders: [process.cwd()], topic }));
  }

  /** The payload of a line: for json and text its bytes, which are checked; for schemas of their own what the line's JSON encodes to. Throws `RejectedError`. */
  encode(line: Uint8Array): Uint8Array {
    const { schema } = this.#codec;
    if (schema === "raw") return line;
    if (schema !== "json" && schema !== "text") return this.#codec.encode(this.#json.decode(line), "json");
    this.#codec.decode(line);
    return line;
  }

  /** A payload as it is where that is text, else the JSON of its value. Throws `RejectedError`. */
  decode(frames: MessageFrames, index: number): Uint8Array {
    const { schema } = this.#codec;
    if (schema === "raw") return frames.payload(index);
    const value = this.#codec.decode(frames.buffer, frames.payloadStart(index), frames.payloadEnd(index));
    if (schema === "json" || schema === "text") return frames.payload(index);
    return bytesOf(value, this.#codec.kindOf?.(value) ?? this.#codec.kind);
  }
}

function codecKeysOf(schema: MessageSchema, { schemaPath, messageType }: MessageSchemaKeys): CodecKeys {
  if (messageType !== undefined && schema !== "proto") throw unusable(schema, "has no message types");
  switch (schema) {
    case "avro":
      return { avro_schema_path: schemaPath ?? missingPath(schema) };
    case "proto":
      return {
        proto_schema_path: schemaPath ?? missingPath(schema),
        proto_message_type: messageType,
        proto_mode: "message",
      };
    case "flat_buffer":
      return { flatbuffer_schema_path: schemaPath ?? missingPath(schema) };
    default:
      if (schemaPath !== undefined) throw unusable(schema, "needs no schema file");
      return {};
  }
}

function missingPath(schema: MessageSchema): never {
  throw unusable(schema, "needs a schema file");
}

function unusable(schema: MessageSchema, reason: string): FatalError {
  return new FatalError(`${schema} ${reason}`, {
    code: "IGC_CONFIG_SCHEMA",
    fix: "name a schema file for avro, proto and flat_buffer, and a message type for proto",
  });
}
