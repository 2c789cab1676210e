import { isUtf8 } from "node:buffer";
import {
  asBuffer,
  type Headers,
  type HeaderValue,
  idText,
  type Message,
  type MessageBatch,
  type Schema,
} from "@iggy-connectors/sdk";

export interface Shown {
  readonly metadata: boolean;
  readonly headers: boolean;
}

/** One JSON line per message, in the envelope of the http sink: `{"metadata":{…},"payload":…}`, or the payload alone. */
export function jsonLines(batch: MessageBatch, shown: Shown): Uint8Array {
  const bare = !shown.metadata && !shown.headers;
  if (bare && batch.schema === "json") return batch.toLines();
  let lines = "";
  for (const message of batch) {
    const payload = payloadJson(message.payload, batch.schema);
    lines += bare ? `${payload}\n` : `{"metadata":${metadataJson(batch, message, shown)},"payload":${payload}}\n`;
  }
  return Buffer.from(lines);
}

/** The payloads as they are, a line feed behind each. */
export function rawLines(batch: MessageBatch): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(batch.payloadBytes + batch.length);
  let at = 0;
  for (let index = 0; index < batch.length; index++) {
    const payload = batch.payload(index);
    bytes.set(payload, at);
    at += payload.length;
    bytes[at++] = 0x0a;
  }
  return bytes;
}

/** Fields of a log line about one message. */
export function logFields(
  batch: MessageBatch,
  message: Message,
  shown: Shown,
  maxPayloadBytes: number,
): Record<string, unknown> {
  const { payload } = message;
  const cut = maxPayloadBytes > 0 && payload.length > maxPayloadBytes;
  return {
    offset: String(message.offset),
    payload: payloadText(cut ? wholeCharacters(payload, maxPayloadBytes) : payload),
    ...(cut ? { payload_bytes: payload.length } : {}),
    ...(shown.metadata || shown.headers ? JSON.parse(metadataJson(batch, message, shown)) : {}),
  };
}

/** Text is shown as it is, anything else in base64. */
function payloadText(payload: Uint8Array): string {
  const buffer = asBuffer(payload);
  return isUtf8(buffer) ? buffer.toString("utf8") : `base64:${buffer.toString("base64")}`;
}

/** At most `limit` bytes that do not end inside of a UTF-8 character. */
function wholeCharacters(payload: Uint8Array, limit: number): Uint8Array {
  let end = limit;
  while (end > limit - 3 && end > 0 && ((payload[end] as number) & 0xc0) === 0x80) end--;
  return payload.subarray(0, end);
}

function payloadJson(payload: Uint8Array, schema: Schema): string {
  const buffer = asBuffer(payload);
  // In JSON a line break can only be white space between tokens.
  if (schema === "json") return buffer.toString("utf8").replace(/[\r\n]/g, " ");
  if (schema === "text") return JSON.stringify(buffer.toString("utf8"));
  return JSON.stringify({ data: buffer.toString("base64"), iggy_payload_encoding: "base64" });
}

/** Integers of 64 bits are written with all their digits, which JSON allows and JSON.stringify does not. */
function metadataJson(batch: MessageBatch, message: Message, shown: Shown): string {
  const members: string[] = [];
  if (shown.metadata) {
    members.push(
      `"iggy_id":"${idText(message.id)}"`,
      `"iggy_offset":${message.offset}`,
      `"iggy_timestamp":${message.timestamp}`,
      `"iggy_origin_timestamp":${message.originTimestamp}`,
      `"iggy_stream":${JSON.stringify(batch.stream)}`,
      `"iggy_topic":${JSON.stringify(batch.topic)}`,
      `"iggy_partition_id":${batch.partition}`,
    );
  }
  if (shown.headers) members.push(`"iggy_headers":${JSON.stringify(headersObject(message.headers))}`);
  return `{${members.join(",")}}`;
}

function headersObject(headers: Headers): Record<string, unknown> {
  return Object.fromEntries([...headers].map(([key, value]) => [key, headerText(value)]));
}

function headerText(header: HeaderValue): unknown {
  if (header.kind !== "raw") return String(header.value);
  return { data: Buffer.from(header.value).toString("base64"), iggy_header_encoding: "base64" };
}
