import type { Schema } from "@iggy-connectors/sdk";
import { decodeError } from "../errors/codec-error.ts";

/**
 * The wire format of Confluent's Schema Registry: a zero byte, the schema's id in four bytes, big-endian, then the data. For
 * protobuf the path to the message type stands between: its length and indexes as zigzag varints, `[0]` shortened to one
 * zero byte. See https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format
 */
const MAGIC = 0;
const HEADER_BYTES = 5;
/** Messages nested deeper than this have no name that anybody could write. */
const MAX_INDEXES = 32;
const MAX_VARINT_BYTES = 5;

/** The id in front of `bytes[start, end)`, whose data begin `HEADER_BYTES` behind `start`. Throws `RejectedError` (`IGC_DECODE_<SCHEMA>`). */
export function readSchemaId(schema: Schema, bytes: Uint8Array, start: number, end: number): number {
  if (end - start < HEADER_BYTES)
    throw decodeError(schema, `it has fewer than ${HEADER_BYTES} bytes, too few for a schema id`);
  if (bytes[start] !== MAGIC)
    throw decodeError(schema, "it does not begin with the zero byte of a schema registry's framing");
  return peekSchemaId(bytes, start, end)!;
}

/** The same; undefined where there is none. */
export function peekSchemaId(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (end - start < HEADER_BYTES || bytes[start] !== MAGIC) return undefined;
  return ((bytes[start + 1]! << 24) | (bytes[start + 2]! << 16) | (bytes[start + 3]! << 8) | bytes[start + 4]!) >>> 0;
}

/** Where the data begin that a schema id stands before. */
export function dataStart(start: number): number {
  return start + HEADER_BYTES;
}

/** The path to a message type, and where its data begin. Throws `RejectedError` (`IGC_DECODE_PROTO`). */
export function readMessageIndexes(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly indexes: readonly number[]; readonly next: number } {
  let at = start;
  const next = (): number => {
    let value = 0;
    for (let index = 0; ; index++) {
      if (at >= end) throw decodeError("proto", "it ends within the message indexes");
      if (index === MAX_VARINT_BYTES) throw decodeError("proto", "a message index has more than 32 bits");
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) break;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  };
  const count = next();
  if (count === 0) return { indexes: [0], next: at };
  if (count < 0 || count > MAX_INDEXES) throw decodeError("proto", `it has ${count} message indexes`);
  const indexes: number[] = [];
  while (indexes.length < count) indexes.push(next());
  return { indexes, next: at };
}

/** What stands before the data of a schema; `indexes` only for protobuf. */
export function frameHeader(id: number, indexes?: readonly number[]): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(id, 1);
  if (indexes === undefined) return header;
  if (indexes.length === 1 && indexes[0] === 0) return Buffer.concat([header, Buffer.alloc(1)]);
  return Buffer.concat([header, Buffer.from([indexes.length, ...indexes].flatMap((index) => varint(index * 2)))]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return bytes;
}
