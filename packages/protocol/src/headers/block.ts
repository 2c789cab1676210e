import { ProtocolError } from "../errors.ts";
import { Reader } from "../primitives/reader.ts";
import type { Writer } from "../primitives/writer.ts";
import type { HeaderEntry, Headers, HeaderValue } from "../values/headers.ts";
import { decodeHeaderValue, encodeHeaderValue, headerText, MAX_HEADER_VALUE_SIZE } from "./header-value.ts";
import { headerKind, headerKindCode } from "./kinds.ts";

/*
 * A key-value block, used by user headers and by options: entries back to back, without a count.
 * Entry: key kind u8, key length u32 (1 … 255), key, value kind u8, value length u32 (1 … 255), value.
 */
const FIELD_PREFIX = 5;

/** User headers of one message may have at most this many bytes. */
export const MAX_HEADERS_SIZE = 100_000;

/** One key or value as it lies in a block; `kind` may be a code that is not known. */
export interface RawField {
  readonly code: number;
  readonly bytes: Buffer;
  /** Where its bytes start in the block. */
  readonly at: number;
}

export function readField(reader: Reader): RawField {
  const code = reader.u8();
  const lengthAt = reader.position;
  const length = reader.u32();
  if (length === 0 || length > MAX_HEADER_VALUE_SIZE) {
    throw new ProtocolError(`a header key or value has 1 … 255 bytes, found ${length}`, lengthAt);
  }
  const at = reader.position;
  return { code, bytes: reader.bytes(length), at };
}

export function decodeField({ code, bytes, at }: RawField): HeaderValue {
  const kind = headerKind(code);
  if (kind === undefined) throw new ProtocolError(`unknown header kind ${code}`, at - FIELD_PREFIX);
  return decodeHeaderValue(kind, bytes, at);
}

export function writeField(writer: Writer, value: HeaderValue): void {
  const bytes = encodeHeaderValue(value);
  writer.u8(headerKindCode(value.kind)).u32(bytes.length).bytes(bytes);
}

/** Encodes user headers in the given order. Throws when a key or value, or the whole block, has a size not allowed. */
export function encodeHeaders(entries: readonly HeaderEntry[]): Buffer {
  const fields: Buffer[] = [];
  let size = 0;
  for (const { key, value } of entries) {
    for (const field of [key, value]) {
      const bytes = encodeHeaderValue(field);
      const prefix = Buffer.allocUnsafe(FIELD_PREFIX);
      prefix[0] = headerKindCode(field.kind);
      prefix.writeUInt32LE(bytes.length, 1);
      fields.push(prefix, bytes);
      size += FIELD_PREFIX + bytes.length;
    }
  }
  if (size > MAX_HEADERS_SIZE) {
    throw new ProtocolError(
      `user headers have ${size} bytes, at most ${MAX_HEADERS_SIZE} are allowed`,
      undefined,
      4017,
    );
  }
  return Buffer.concat(fields, size);
}

/** Decodes a block in wire order. Throws {@link ProtocolError} when the bytes are not one. */
export function decodeHeaderEntries(bytes: Uint8Array): HeaderEntry[] {
  const reader = new Reader(bytes);
  const entries: HeaderEntry[] = [];
  while (reader.remaining > 0) {
    const key = decodeField(readField(reader));
    const value = decodeField(readField(reader));
    entries.push({ key, value });
  }
  return entries;
}

/** User headers by their key's text; where two keys have the same text the later one counts. */
export function decodeHeaders(bytes: Uint8Array): Headers {
  const headers = new Map<string, HeaderValue>();
  for (const { key, value } of decodeHeaderEntries(bytes)) headers.set(headerText(key), value);
  return headers;
}
