import { OutputBuffer, type Schema } from "@iggy-connectors/sdk";
import { decodeError } from "../errors/codec-error.ts";
import { readVarint, VarintFault, writeVarint } from "../primitives/varint.ts";

/**
 * The wire format of Confluent's Schema Registry: a zero byte, the schema's id in four bytes, big-endian, then the data. For
 * protobuf the path to the message type comes before the data: its length and indexes as zigzag varints, `[0]` shortened to one
 * zero byte. See https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format
 */
const MAGIC = 0;
const HEADER_BYTES = 5;
/** A path that is longer is not one of a message type. */
const MAX_INDEXES = 32;
const MAX_VARINT_BYTES = 5;
const INCOMPLETE = "it ends within the message indexes";

/** The id that `bytes[start, end)` begin with. Throws `RejectedError` (`IGC_DECODE_<SCHEMA>`). */
export function readSchemaId(schema: Schema, bytes: Uint8Array, start: number, end: number): number {
  if (end - start < HEADER_BYTES)
    throw decodeError(schema, `it has fewer than ${HEADER_BYTES} bytes, too few for a schema id`);
  if (bytes[start] !== MAGIC)
    throw decodeError(schema, "it does not begin with the zero byte of a schema registry's framing");
  return peekSchemaId(bytes, start, end)!;
}

/** As `readSchemaId`; undefined when the payload has no schema id. */
export function peekSchemaId(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (end - start < HEADER_BYTES || bytes[start] !== MAGIC) return undefined;
  return ((bytes[start + 1]! << 24) | (bytes[start + 2]! << 16) | (bytes[start + 3]! << 8) | bytes[start + 4]!) >>> 0;
}

/** Where the data begin, after the schema id. */
export function dataStart(start: number): number {
  return start + HEADER_BYTES;
}

/** The path to a message type, and where the data begin. Throws `RejectedError` (`IGC_DECODE_PROTO`). */
export function readMessageIndexes(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly indexes: readonly number[]; readonly next: number } {
  const halves = { low: 0, high: 0 };
  let at = start;
  const next = (): number => {
    if (at >= end) throw decodeError("proto", INCOMPLETE);
    const behind = readVarint(bytes, at, end, halves);
    if (behind === VarintFault.cut) throw decodeError("proto", INCOMPLETE);
    if (behind < 0 || behind - at > MAX_VARINT_BYTES || halves.high !== 0) {
      throw decodeError("proto", "a message index has more than 32 bits");
    }
    at = behind;
    return (halves.low >>> 1) ^ -(halves.low & 1);
  };
  const count = next();
  if (count === 0) return { indexes: [0], next: at };
  if (count < 0 || count > MAX_INDEXES) throw decodeError("proto", `it has ${count} message indexes`);
  const indexes: number[] = [];
  while (indexes.length < count) indexes.push(next());
  return { indexes, next: at };
}

/** The bytes before the data of a schema; `indexes` only for protobuf. */
export function frameHeader(id: number, indexes?: readonly number[]): Uint8Array {
  const output = new OutputBuffer(HEADER_BYTES);
  output.reserve(HEADER_BYTES);
  output.bytes[output.position++] = MAGIC;
  output.position = output.bytes.writeUInt32BE(id, output.position);
  if (indexes?.length === 1 && indexes[0] === 0) writeVarint(output, 0);
  else for (const index of indexes === undefined ? [] : [indexes.length, ...indexes]) writeVarint(output, index * 2);
  return output.bytes.subarray(0, output.position);
}
