import { JsonNumber } from "@iggy-connectors/sdk";
import { isJsonObject, parseRfc3339 } from "@iggy-connectors/sdk/internal";
import { ValueFault } from "../errors/value-fault.ts";
import { integerOf } from "../primitives/integers.ts";
import { normalUuid } from "./forms.ts";
import type { AvroLogical, AvroType } from "./model.ts";

const DECIMAL = /^(-?)(\d{1,20000})(?:\.(\d{1,20000}))?(?:[eE]([+-]?\d{1,5}))?$/;
const MAX_EXPONENT = 20_000;
const UINT32_MAX = 0xffff_ffff;

/** The integer of a value: an integer, or a string in the form of its logical type. */
export function integerFrom(value: unknown, logical: AvroLogical | undefined): bigint {
  if (typeof value === "string" && logical !== undefined) {
    const integer = fromText(value, logical);
    if (integer !== undefined) return integer;
  }
  const integer = typeof value === "string" && !/^-?\d+$/.test(value) ? undefined : integerOf(value);
  if (integer === undefined) throw new ValueFault("an integer is expected", value);
  return integer;
}

function fromText(text: string, logical: AvroLogical): bigint | undefined {
  switch (logical.name) {
    case "date": {
      const moment = parseRfc3339(`${text}T00:00:00Z`);
      return moment === undefined ? undefined : BigInt(moment.seconds / 86_400);
    }
    case "time":
      return momentOf(`1970-01-01T${text}Z`, logical.digits, text);
    case "timestamp":
      return momentOf(text, logical.digits, text);
    case "local-timestamp":
      return momentOf(`${text}Z`, logical.digits, text);
    default:
      return undefined;
  }
}

function momentOf(text: string, digits: number, value: string): bigint | undefined {
  const moment = parseRfc3339(text);
  if (moment === undefined) return undefined;
  const finer = 10 ** (9 - digits);
  if (moment.nanos % finer !== 0)
    throw new ValueFault(`a time with at most ${digits} digits of a second is expected`, value);
  return BigInt(moment.seconds) * 10n ** BigInt(digits) + BigInt(moment.nanos / finer);
}

/** The bytes of a value: bytes, an array of them, a string, or the form of the logical type. */
export function bytesFrom(
  value: unknown,
  type: Extract<AvroType, { kind: "bytes" | "fixed" }> | AvroType,
  form: { readonly logical: boolean; readonly latinBytes?: boolean },
): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return bytesOf(value);
  const logical = "logical" in type ? type.logical : undefined;
  const size = type.kind === "fixed" ? type.size : undefined;
  if (typeof value === "string" && form.latinBytes === true) return latin1(value);
  switch (logical?.name) {
    case "decimal":
      return decimalBytes(value, logical.precision, logical.scale, size);
    case "duration":
      return durationBytes(value);
    case "uuid": {
      const uuid = typeof value === "string" ? normalUuid(value) : undefined;
      if (uuid === undefined) throw new ValueFault("a UUID is expected", value);
      return Buffer.from(uuid.replaceAll("-", ""), "hex");
    }
    default:
  }
  if (typeof value !== "string") throw new ValueFault("bytes are expected", value);
  if (!form.logical) return Buffer.from(value);
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(value)) throw new ValueFault("bytes in base64 are expected", value);
  return Buffer.from(value, "base64");
}

function bytesOf(value: readonly unknown[]): Uint8Array {
  const bytes = new Uint8Array(value.length);
  for (const [index, element] of value.entries()) {
    const byte = typeof element === "number" && Number.isInteger(element) ? element : -1;
    if (byte < 0 || byte > 255) throw new ValueFault("an array of bytes (0 to 255) is expected", element);
    bytes[index] = byte;
  }
  return bytes;
}

function latin1(text: string): Uint8Array {
  for (const character of text) {
    if (character.charCodeAt(0) > 255) throw new ValueFault("a string of code points below 256 is expected", text);
  }
  return Buffer.from(text, "latin1");
}

/** The unscaled value in two's complement, big-endian: as short as possible, or as long as the fixed type. */
function decimalBytes(value: unknown, precision: number, scale: number, size: number | undefined): Uint8Array {
  const isNumber = typeof value === "number" || typeof value === "bigint" || value instanceof JsonNumber;
  const match = DECIMAL.exec(isNumber || typeof value === "string" ? String(value) : "");
  const [, sign, whole = "", decimals = "", exponent = "0"] = match ?? [];
  if (match === null || Math.abs(Number(exponent)) > MAX_EXPONENT) {
    throw new ValueFault('a decimal such as "12.50" is expected', value);
  }
  const point = whole.length + Number(exponent);
  const all = `${"0".repeat(Math.max(0, -point))}${whole}${decimals}`.padEnd(point, "0");
  const split = Math.max(0, point);
  const fraction = all.slice(split).replace(/0+$/, "");
  if (fraction.length > scale)
    throw new ValueFault(`a decimal with at most ${scale} digits after the point is expected`, value);
  const digits = `${all.slice(0, split)}${fraction.padEnd(scale, "0")}`.replace(/^0+(?=\d)/, "");
  if (digits.length > precision && digits !== "0") {
    throw new ValueFault(`a decimal of at most ${precision} digits is expected`, value);
  }
  const unscaled = sign === "-" ? -BigInt(digits) : BigInt(digits);
  let length = size ?? 1;
  while (size === undefined && BigInt.asIntN(length * 8, unscaled) !== unscaled) length += 1;
  if (BigInt.asIntN(length * 8, unscaled) !== unscaled)
    throw new ValueFault(`a decimal within ${length} bytes is expected`, value);
  const hex = BigInt.asUintN(length * 8, unscaled)
    .toString(16)
    .padStart(length * 2, "0");
  return Buffer.from(hex, "hex");
}

function durationBytes(value: unknown): Uint8Array {
  if (!isJsonObject(value)) throw new ValueFault("months, days and milliseconds are expected", value);
  const bytes = Buffer.alloc(12);
  for (const [index, key] of ["months", "days", "milliseconds"].entries()) {
    const part = integerOf(value[key] ?? 0);
    if (part === undefined || part < 0n || part > BigInt(UINT32_MAX)) {
      throw new ValueFault(`${key} from 0 to ${UINT32_MAX} is expected`, value[key]);
    }
    bytes.writeUInt32LE(Number(part), index * 4);
  }
  return bytes;
}
