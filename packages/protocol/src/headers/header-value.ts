import { isUtf8 } from "node:buffer";
import { ProtocolError } from "../errors.ts";
import type { HeaderKind, HeaderValue } from "../values/headers.ts";
import { FIXED_SIZE } from "./kinds.ts";

/** Largest header key or value, in bytes; the smallest has one. */
export const MAX_HEADER_VALUE_SIZE = 255;

const INTEGER_RANGE = {
  int8: [-0x80, 0x7f],
  int16: [-0x8000, 0x7fff],
  int32: [-0x8000_0000, 0x7fff_ffff],
  uint8: [0, 0xff],
  uint16: [0, 0xffff],
  uint32: [0, 0xffff_ffff],
} as const;

/**
 * The bytes of a value. Throws {@link ProtocolError} when it is empty, longer than 255 bytes or outside of its kind.
 */
export function encodeHeaderValue(value: HeaderValue): Buffer {
  const bytes = valueBytes(value);
  if (bytes.length === 0 || bytes.length > MAX_HEADER_VALUE_SIZE) {
    throw new ProtocolError(`a header of kind ${value.kind} has ${bytes.length} bytes, 1 … 255 are allowed`);
  }
  return bytes;
}

function valueBytes(value: HeaderValue): Buffer {
  switch (value.kind) {
    case "raw":
      return Buffer.from(value.value.buffer, value.value.byteOffset, value.value.byteLength);
    case "string":
      if (!value.value.isWellFormed()) throw new ProtocolError("a string header has a lone surrogate");
      return Buffer.from(value.value, "utf8");
    case "bool":
      return Buffer.of(value.value ? 1 : 0);
    case "float32": {
      const bytes = Buffer.allocUnsafe(4);
      bytes.writeFloatLE(value.value);
      return bytes;
    }
    case "float64": {
      const bytes = Buffer.allocUnsafe(8);
      bytes.writeDoubleLE(value.value);
      return bytes;
    }
    case "int64":
    case "uint64":
    case "int128":
    case "uint128":
      return bigIntegerBytes(value.kind, value.value);
    default:
      return integerBytes(value.kind, value.value);
  }
}

function integerBytes(kind: keyof typeof INTEGER_RANGE, value: number): Buffer {
  const [min, max] = INTEGER_RANGE[kind];
  if (!Number.isInteger(value) || value < min || value > max) throw new ProtocolError(`${value} is not ${kind}`);
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32LE(value | 0);
  return bytes.subarray(0, FIXED_SIZE[kind]);
}

function bigIntegerBytes(kind: "int64" | "uint64" | "int128" | "uint128", value: bigint): Buffer {
  const bits = kind.endsWith("128") ? 128 : 64;
  const wrapped = kind.startsWith("u") ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value);
  if (wrapped !== value) throw new ProtocolError(`${value} is not ${kind}`);
  const bytes = Buffer.allocUnsafe(bits / 8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  if (bits === 128) bytes.writeBigUInt64LE(BigInt.asUintN(64, value >> 64n), 8);
  return bytes;
}

/** The value in `bytes`; `at` is their place in the input, for errors. `raw` values are views. */
export function decodeHeaderValue(kind: HeaderKind, bytes: Buffer, at: number): HeaderValue {
  const size = FIXED_SIZE[kind];
  if (size !== undefined && bytes.length !== size) {
    throw new ProtocolError(`a header of kind ${kind} has ${size} bytes, found ${bytes.length}`, at);
  }
  switch (kind) {
    case "raw":
      return { kind, value: bytes };
    case "string":
      if (!isUtf8(bytes)) throw new ProtocolError("a string header is not valid UTF-8", at);
      return { kind, value: bytes.toString("utf8") };
    case "bool":
      if (bytes[0]! > 1) throw new ProtocolError(`a bool header is 0 or 1, found ${bytes[0]}`, at);
      return { kind, value: bytes[0] === 1 };
    case "int8":
      return { kind, value: bytes.readInt8() };
    case "int16":
      return { kind, value: bytes.readInt16LE() };
    case "int32":
      return { kind, value: bytes.readInt32LE() };
    case "int64":
      return { kind, value: bytes.readBigInt64LE() };
    case "int128":
      return { kind, value: (bytes.readBigInt64LE(8) << 64n) | bytes.readBigUInt64LE() };
    case "uint8":
      return { kind, value: bytes[0]! };
    case "uint16":
      return { kind, value: bytes.readUInt16LE() };
    case "uint32":
      return { kind, value: bytes.readUInt32LE() };
    case "uint64":
      return { kind, value: bytes.readBigUInt64LE() };
    case "uint128":
      return { kind, value: (bytes.readBigUInt64LE(8) << 64n) | bytes.readBigUInt64LE() };
    case "float32":
      return { kind, value: bytes.readFloatLE() };
    case "float64":
      return { kind, value: bytes.readDoubleLE() };
  }
}

/** A value as text: strings as they are, bytes in hex, all else as JavaScript prints it. */
export function headerText(value: HeaderValue): string {
  if (value.kind === "raw") {
    return Buffer.from(value.value.buffer, value.value.byteOffset, value.value.byteLength).toString("hex");
  }
  return String(value.value);
}
