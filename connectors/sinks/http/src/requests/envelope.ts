import {
  asBuffer,
  type HeaderValue,
  idText,
  type Message,
  type MessageBatch,
  OutputBuffer,
  stringifyJson,
} from "@iggy-connectors/sdk";
import type { HttpSinkConfig } from "../config.ts";

/** Writes messages as JSON: `{ metadata, payload }` with the names of the original, or the payload alone. */
export class EnvelopeWriter {
  readonly #metadata: boolean;
  readonly #checksum: boolean;
  readonly #originTimestamp: boolean;

  constructor(config: Pick<HttpSinkConfig, "include_metadata" | "include_checksum" | "include_origin_timestamp">) {
    this.#metadata = config.include_metadata;
    this.#checksum = config.include_checksum;
    this.#originTimestamp = config.include_origin_timestamp;
  }

  /** Whether messages of this batch are written as the bytes they are. */
  writesPayloadsAlone(batch: MessageBatch): boolean {
    return !this.#metadata && batch.schema === "json";
  }

  write(batch: MessageBatch, index: number, output: OutputBuffer): void {
    const message = batch.at(index);
    if (this.#metadata) {
      output.writeText(`{"metadata":${this.#metadataText(batch, message)},"payload":`);
      writePayload(batch, message, output);
      output.writeText("}");
    } else {
      writePayload(batch, message, output);
    }
  }

  #metadataText(batch: MessageBatch, message: Message): string {
    let text = `{"iggy_id":"${idText(message.id)}","iggy_offset":${message.offset},"iggy_timestamp":${message.timestamp},"iggy_stream":${JSON.stringify(batch.stream)},"iggy_topic":${JSON.stringify(batch.topic)},"iggy_partition_id":${batch.partition}`;
    if (this.#checksum) text += `,"iggy_checksum":${message.checksum}`;
    if (this.#originTimestamp) text += `,"iggy_origin_timestamp":${message.originTimestamp}`;
    const { headers } = message;
    if (headers.size > 0) {
      const entries = [...headers].map(([name, value]) => [name, headerJson(value)] as const);
      text += `,"iggy_headers":${JSON.stringify(Object.fromEntries(entries))}`;
    }
    return `${text}}`;
  }
}

/**
 * JSON goes out as the bytes it came in; a line feed in it can only be white space between tokens, and becomes a space, so
 * that no payload can forge a line. What another schema decoded is written as JSON, bytes as base64.
 */
function writePayload(batch: MessageBatch, message: Message, output: OutputBuffer): void {
  if (batch.schema === "json") {
    output.writeJsonLine(message.payload);
    return;
  }
  const value = batch.schema === "raw" ? message.payload : message.value;
  output.writeText(
    value instanceof Uint8Array ? `{"data":"${base64(value)}","iggy_payload_encoding":"base64"}` : stringifyJson(value),
  );
}

function headerJson(value: HeaderValue): unknown {
  return value.kind === "raw" ? { data: base64(value.value), iggy_header_encoding: "base64" } : String(value.value);
}

function base64(bytes: Uint8Array): string {
  return asBuffer(bytes).toString("base64");
}

/** Estimated bytes of the text around a payload. */
const ENVELOPE_BYTES = 256;

export function outputFor(batch: MessageBatch, count: number): OutputBuffer {
  const share = Math.ceil((batch.payloadBytes / Math.max(1, batch.length)) * count);
  return new OutputBuffer(share + count * ENVELOPE_BYTES + 2);
}
