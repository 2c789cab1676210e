import {
  asBuffer,
  type Headers,
  type HeaderValue,
  type MessageBatch,
  type OutputBuffer,
  stringifyJson,
  validateJson,
} from "@iggy-connectors/sdk";
import type { S3SinkConfig } from "../config.ts";

const CLOSING_BRACE = 125;
const MICROSECONDS = 1_000_000;
const MILLISECONDS = 1000;

/** Writes messages as JSON records `{ offset, timestamp, stream, topic, partition_id, headers, payload }`, or as payloads alone. */
export class RecordWriter {
  readonly #metadata: boolean;
  readonly #headers: boolean;
  readonly #envelope: boolean;
  /** What stands between offset and payload is the same for all messages of a partition within a second. */
  #middle = "";
  #middleSecond = -1;
  #middleOf: MessageBatch | undefined;

  constructor(config: Pick<S3SinkConfig, "include_metadata" | "include_headers" | "envelope">) {
    this.#metadata = config.include_metadata;
    this.#headers = config.include_headers;
    this.#envelope = config.envelope;
  }

  write(batch: MessageBatch, index: number, output: OutputBuffer): void {
    if (!this.#envelope) {
      writePayload(batch, index, output);
      return;
    }
    let text = this.#metadata ? `{"offset":${batch.offset(index)}${this.#middleAt(batch, index)}` : "{";
    if (this.#headers) {
      const { headers } = batch.at(index);
      if (headers.size > 0) text += `"headers":${headersJson(headers)},`;
    }
    output.writeText(`${text}"payload":`);
    if (writePayload(batch, index, output)) output.writeText(',"payload_encoding":"base64"');
    writeByte(CLOSING_BRACE, output);
  }

  #middleAt(batch: MessageBatch, index: number): string {
    const second = Math.floor(batch.timestamp(index) / MICROSECONDS);
    if (second !== this.#middleSecond || batch !== this.#middleOf) {
      const time = `${new Date(second * MILLISECONDS).toISOString().slice(0, 19)}Z`;
      this.#middle = `,"timestamp":"${time}","stream":${JSON.stringify(batch.stream)},"topic":${JSON.stringify(batch.topic)},"partition_id":${batch.partition},`;
      this.#middleSecond = second;
      this.#middleOf = batch;
    }
    return this.#middle;
  }
}

/**
 * JSON goes out as the bytes it came in, text as a string, bytes as JSON where they are that, else as base64, as in the
 * original. True: as base64.
 */
function writePayload(batch: MessageBatch, index: number, output: OutputBuffer): boolean {
  switch (batch.schema) {
    case "json":
      output.writeJsonLine(batch.payload(index));
      return false;
    case "raw": {
      const payload = batch.payload(index);
      if (!validateJson(payload)) return writeBase64(payload, output);
      output.writeJsonLine(payload);
      return false;
    }
    default: {
      const { value } = batch.at(index);
      if (value instanceof Uint8Array) return writeBase64(value, output);
      output.writeText(stringifyJson(value));
      return false;
    }
  }
}

/** One byte without a call into native code. */
export function writeByte(byte: number, output: OutputBuffer): void {
  output.reserve(1);
  output.bytes[output.position++] = byte;
}

function writeBase64(bytes: Uint8Array, output: OutputBuffer): true {
  output.writeText(`"${base64(bytes)}"`);
  return true;
}

/** Typed values, as the original writes them: 128-bit integers as text, raw bytes as base64. */
export function headersJson(headers: Headers): string {
  return stringifyJson(Object.fromEntries([...headers].map(([name, value]) => [name, headerValue(value)])));
}

function headerValue(header: HeaderValue): unknown {
  if (header.kind === "raw") return base64(header.value);
  if (header.kind === "int128" || header.kind === "uint128") return String(header.value);
  // JSON has no infinity and no NaN.
  if (typeof header.value === "number" && !Number.isFinite(header.value)) return null;
  return header.value;
}

function base64(bytes: Uint8Array): string {
  return asBuffer(bytes).toString("base64");
}
