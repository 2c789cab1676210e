import {
  asBuffer,
  type Headers,
  type HeaderValue,
  type MessageBatch,
  type OutputBuffer,
  parseJson,
  RejectedError,
  stringifyJson,
  toOneLine,
  validateJson,
} from "@iggy-connectors/sdk";
import type { ElasticsearchSinkConfig } from "../config.ts";

const LINE_FEED = 0x0a;
const SPACE = 0x20;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const BACKSLASH = 0x5c;
/** The only escapes that can spell a letter of a member's name. */
const UNICODE_ESCAPE = Buffer.from("\\u");
const TIMESTAMP = "@timestamp";
const TIMESTAMP_KEY = Buffer.from(`"${TIMESTAMP}"`);

type DocumentConfig = Pick<
  ElasticsearchSinkConfig,
  "include_metadata" | "metadata_prefix" | "timestamp_format" | "include_headers" | "data_stream"
>;

/** Writes messages as documents: objects on one line, with the metadata, named as in the original, behind their own members. */
export class DocumentWriter {
  readonly #config: DocumentConfig;
  /** Names of the members that are added: `offset` … */
  readonly #keys: Readonly<Record<"offset" | "stream" | "topic" | "partition" | "timestamp" | "headers", string>>;
  readonly #added: ReadonlySet<string>;
  /** What their names begin with, as JSON writes it. */
  readonly #prefix: Buffer;
  /** The members that are the same for all messages of a partition. */
  #place = { stream: "", topic: "", partition: -1, text: "" };

  constructor(config: DocumentConfig) {
    this.#config = config;
    const name = (field: string) => `${config.metadata_prefix}${field}`;
    const text = (field: string) => JSON.stringify(name(field));
    this.#keys = {
      offset: text("offset"),
      stream: text("stream"),
      topic: text("topic"),
      partition: text("partition"),
      timestamp: text("timestamp"),
      headers: text("headers"),
    };
    const metadata = config.include_metadata ? ["offset", "stream", "topic", "partition", "timestamp"] : [];
    this.#added = new Set([...metadata, ...(config.include_headers ? ["headers"] : [])].map(name));
    this.#prefix = Buffer.from(text("").slice(0, -1));
  }

  /**
   * Writes the document and a line feed behind `output.position`.
   * @throws RejectedError `IGC_SINK_ELASTICSEARCH_NOT_AN_OBJECT` for JSON that is something else.
   */
  write(batch: MessageBatch, index: number, output: OutputBuffer): void {
    const bytes = sourceOf(batch, index);
    const start = skipSpace(bytes, 0, 1);
    const end = skipSpace(bytes, bytes.length - 1, -1);
    if (bytes[start] !== OPEN_BRACE || bytes[end] !== CLOSE_BRACE || start >= end) throw notAnObject(batch, index);
    const { data_stream } = this.#config;
    let added = this.#fields(batch, index);
    if (data_stream || this.#added.size > 0) {
      // Whether a name is really there is decided by the value: bulk requests refuse an object with a duplicate name.
      const escaped = bytes.includes(BACKSLASH) && bytes.includes(UNICODE_ESCAPE);
      const taken = escaped || (this.#added.size > 0 && bytes.includes(this.#prefix));
      const timed = data_stream && (escaped || bytes.includes(TIMESTAMP_KEY));
      if (taken || timed) {
        this.#rewrite(bytes, added, batch.timestamp(index), output);
        return;
      }
      if (data_stream) added += `,"${TIMESTAMP}":${milliseconds(batch.timestamp(index))}`;
    }
    const from = output.position;
    output.writeBytes(start === 0 ? bytes : bytes.subarray(start));
    // Behind the last member: the brace comes again behind what is added.
    output.position = from + end - start;
    const empty = added !== "" && skipSpace(bytes, end - 1, -1) === start;
    if (bytes.includes(LINE_FEED)) toOneLine(output.bytes, from, output.position);
    output.writeText(`${empty ? added.slice(1) : added}}\n`);
  }

  /** The members to add, each with a comma before it. */
  #fields(batch: MessageBatch, index: number): string {
    const { include_metadata, include_headers, timestamp_format } = this.#config;
    const keys = this.#keys;
    let text = "";
    if (include_metadata) {
      const time = milliseconds(batch.timestamp(index));
      const timestamp = timestamp_format === "iso8601" ? `"${new Date(time).toISOString()}"` : time;
      text = `,${keys.offset}:${batch.offset(index)}${this.#placeOf(batch)}${timestamp}`;
    }
    if (include_headers) {
      const { headers } = batch.at(index);
      if (headers.size > 0) text += `,${keys.headers}:${stringifyJson(headersObject(headers))}`;
    }
    return text;
  }

  #placeOf({ stream, topic, partition }: MessageBatch): string {
    const place = this.#place;
    if (place.partition === partition && place.stream === stream && place.topic === topic) return place.text;
    const keys = this.#keys;
    const text = `,${keys.stream}:${JSON.stringify(stream)},${keys.topic}:${JSON.stringify(topic)},${keys.partition}:${partition},${keys.timestamp}:`;
    this.#place = { stream, topic, partition, text };
    return text;
  }

  /** The same by value: members of the payload with the name of an added one are replaced, except `@timestamp`, which is kept. */
  #rewrite(bytes: Buffer, added: string, timestamp: number, output: OutputBuffer): void {
    const value = parseJson(bytes) as Record<string, unknown>;
    // In place, so that the others keep their order and the digits of their numbers.
    for (const name of this.#added) delete value[name];
    let own = stringifyJson(value).slice(1, -1);
    if (this.#config.data_stream && !Object.hasOwn(value, TIMESTAMP))
      own += `${own === "" ? "" : ","}"${TIMESTAMP}":${milliseconds(timestamp)}`;
    output.writeText(`{${own === "" ? added.slice(1) : `${own}${added}`}}\n`);
  }
}

/** The JSON that becomes the document: the payload's own bytes wherever they are JSON. */
function sourceOf(batch: MessageBatch, index: number): Buffer {
  const bytes = asBuffer(batch.payload(index));
  if (batch.schema === "text") return Buffer.from(`{"text":${JSON.stringify(bytes.toString())},"data_type":"text"}`);
  if (batch.schema !== "raw") return bytes;
  if (bytes[skipSpace(bytes, 0, 1)] === OPEN_BRACE && validateJson(bytes)) return bytes;
  return Buffer.from(`{"data":"${bytes.toString("base64")}","data_type":"raw"}`);
}

function skipSpace(bytes: Buffer, from: number, step: 1 | -1): number {
  let at = from;
  while (bytes[at] === SPACE || bytes[at] === LINE_FEED || bytes[at] === 0x0d || bytes[at] === 0x09) at += step;
  return at;
}

function milliseconds(timestamp: number): number {
  return Math.floor(timestamp / 1000);
}

function headersObject(headers: Headers): Record<string, unknown> {
  return Object.fromEntries([...headers].map(([name, value]) => [name, headerJson(value)]));
}

/** Integers beyond 64 bits fit no numeric type of the servers and become strings; bytes become base64. */
function headerJson({ kind, value }: HeaderValue): unknown {
  if (kind === "raw") return Buffer.from(value).toString("base64");
  return kind === "int128" || kind === "uint128" ? String(value) : value;
}

function notAnObject(batch: MessageBatch, index: number): RejectedError {
  const offset = batch.offset(index);
  return new RejectedError(`the payload at offset ${offset} is not a JSON object`, {
    code: "IGC_SINK_ELASTICSEARCH_NOT_AN_OBJECT",
    place: `offset ${offset}`,
    fix: "send JSON objects, or wrap the payload with a transform",
  });
}
