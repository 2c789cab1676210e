import { OutputBuffer } from "@iggy-connectors/sdk";
import { isJsonObject, MAX_UINT64, MIN_INT64 } from "@iggy-connectors/sdk/internal";
import { encodeError } from "../errors/codec-error.ts";
import { ValueFault } from "../errors/value-fault.ts";
import { FLOAT_NAMES, overflowsFloat32 } from "../primitives/floats.ts";
import { integerOf, MAX_INT64 } from "../primitives/integers.ts";
import { getMember } from "../primitives/member.ts";
import {
  type EnumPlan,
  type FieldPlan,
  MAX_DEPTH,
  type MessagePlan,
  type MessageTypes,
  type ScalarType,
  type ValuePlan,
} from "./model.ts";
import { fromJsonForm } from "./well-known-write.ts";
import { tagOf, wireTypeOf } from "./wire-type.ts";
import { WireWriter } from "./wire-writer.ts";

type Members = Readonly<Record<string, unknown>>;

const INT32_MAX = 2n ** 31n - 1n;
const INT32_MIN = -(2n ** 31n);
const UINT32_MAX = 2n ** 32n - 1n;
const DECIMAL = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** How texts say it. */
const BOOLEANS: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
]);

/**
 * Writes a value as a message, its fields in the order of their numbers. Members that the type does not have are omitted,
 * null counts as absent. Throws `RejectedError` (`IGC_SOURCE_ENCODE`) with the field's path.
 */
export function writeProtoMessage(types: MessageTypes, plan: MessagePlan, value: unknown, output: OutputBuffer): void {
  const start = output.position;
  const writer = new MessageWriter(types, output);
  try {
    writer.message(plan, value, 0);
  } catch (error) {
    output.position = start;
    if (error instanceof ValueFault) throw encodeError("proto", error.message, writer.path, plan.name);
    throw error;
  }
}

class MessageWriter {
  /** Of the value being written; what is behind `#pathLength` is of others. */
  readonly #path: (string | number)[] = [];
  #pathLength = 0;
  readonly #types: MessageTypes;
  readonly #wire: WireWriter;

  constructor(types: MessageTypes, output: OutputBuffer) {
    this.#types = types;
    this.#wire = new WireWriter(output);
  }

  /** Path of the value being written. */
  get path(): (string | number)[] {
    return this.#path.slice(0, this.#pathLength);
  }

  message(plan: MessagePlan, value: unknown, depth: number): void {
    if (depth > MAX_DEPTH) throw new ValueFault(`at most ${MAX_DEPTH} levels of nesting are expected`, value);
    const members = plan.wellKnown === undefined ? value : this.#wellKnown(plan, value, depth);
    if (!isJsonObject(members)) throw new ValueFault("an object is expected", value);
    if (plan.hasOneofs) this.#checkOneofs(plan, members);
    const outside = this.#pathLength;
    this.#pathLength += 1;
    for (const field of plan.fields) {
      const member = memberOf(plan, field, members);
      this.#path[outside] = field.key;
      if (member === undefined || (member === null && !takesNull(field))) {
        if (field.required) throw new ValueFault("the required field is expected", member);
      } else this.#field(field, member, depth);
    }
    this.#pathLength = outside;
  }

  #wellKnown(plan: MessagePlan, value: unknown, depth: number): Members {
    return fromJsonForm(plan, value, {
      types: this.#types,
      writeAny: (inner, content) => {
        const output = new OutputBuffer(64);
        new MessageWriter(this.#types, output).message(inner, content, depth + 1);
        return output.bytes.subarray(0, output.position);
      },
    });
  }

  #checkOneofs(plan: MessagePlan, members: Members): void {
    for (const field of plan.fields) {
      if (field.rivals.length === 0 || isAbsent(memberOf(plan, field, members))) continue;
      const rival = field.rivals.find((key) => !isAbsent(getMember(members, key)));
      if (rival !== undefined) throw new ValueFault(`one of ${field.key} and ${rival} is expected`, "both");
    }
  }

  #field(field: FieldPlan, value: unknown, depth: number): void {
    if (field.mapKey !== undefined) this.#map(field, field.mapKey, value, depth);
    else if (field.repeated) this.#list(field, value, depth);
    else if (field.hasPresence || !this.#isZero(field, value)) {
      this.#wire.varint(field.tag);
      this.#value(field, value, depth);
    }
  }

  #list(field: FieldPlan, value: unknown, depth: number): void {
    if (!Array.isArray(value)) throw new ValueFault("an array is expected", value);
    if (value.length === 0) return;
    const wire = this.#wire;
    const outside = this.#pathLength;
    this.#pathLength += 1;
    const start = field.packed ? this.#beginTagged(field.tag) : undefined;
    for (let index = 0; index < value.length; index++) {
      this.#path[outside] = index;
      if (start === undefined) wire.varint(field.tag);
      this.#value(field, value[index], depth);
    }
    if (start !== undefined) wire.end(start);
    this.#pathLength = outside;
  }

  #map(field: FieldPlan, keyType: ScalarType, value: unknown, depth: number): void {
    if (!isJsonObject(value)) throw new ValueFault("an object is expected", value);
    const wire = this.#wire;
    const keyTag = tagOf(1, wireTypeOf({ scalar: keyType, enum: undefined, message: undefined }));
    const valueTag = tagOf(2, wireTypeOf(field));
    const outside = this.#pathLength;
    this.#pathLength += 1;
    for (const [key, member] of Object.entries(value)) {
      this.#path[outside] = key;
      const start = this.#beginTagged(field.tag);
      wire.varint(keyTag);
      this.#scalar(keyType, key);
      wire.varint(valueTag);
      this.#value(field, member, depth);
      wire.end(start);
    }
    this.#pathLength = outside;
  }

  #beginTagged(tag: number): number {
    this.#wire.varint(tag);
    return this.#wire.begin();
  }

  #value(plan: ValuePlan, value: unknown, depth: number): void {
    const { message } = plan;
    if (message !== undefined) {
      const start = this.#wire.begin();
      this.message(message, value, depth + 1);
      this.#wire.end(start);
    } else if (plan.enum !== undefined) this.#wire.varint64(BigInt(enumNumber(plan.enum, value)));
    else this.#scalar(plan.scalar!, value);
  }

  #scalar(type: ScalarType, value: unknown): void {
    const wire = this.#wire;
    switch (type) {
      case "string":
        if (typeof value !== "string") throw new ValueFault("a string is expected", value);
        if (!value.isWellFormed()) throw new ValueFault("a string without lone surrogates is expected", value);
        wire.string(value);
        return;
      case "bytes":
        wire.bytes(bytesOf(value));
        return;
      case "bool":
        wire.varint(booleanOf(value) ? 1 : 0);
        return;
      case "double":
        wire.double(doubleOf(value));
        return;
      case "float":
        wire.float(floatOf(value));
        return;
      case "int32":
        if (isSmall(value)) wire.varint(value);
        else wire.varint64(integerWithin(value, INT32_MIN, INT32_MAX));
        return;
      case "uint32":
        if (isSmall(value)) wire.varint(value);
        else wire.varint(Number(integerWithin(value, 0n, UINT32_MAX)));
        return;
      case "sint32": {
        const number = Number(integerWithin(value, INT32_MIN, INT32_MAX));
        wire.varint(((number << 1) ^ (number >> 31)) >>> 0);
        return;
      }
      case "int64":
        if (isSafe(value)) wire.varintSafe(value);
        else wire.varint64(integerWithin(value, MIN_INT64, MAX_INT64));
        return;
      case "uint64":
        if (isSafe(value)) wire.varintSafe(value);
        else wire.varint64(integerWithin(value, 0n, MAX_UINT64));
        return;
      case "sint64": {
        const integer = integerWithin(value, MIN_INT64, MAX_INT64);
        wire.varint64(integer < 0n ? -integer * 2n - 1n : integer * 2n);
        return;
      }
      case "fixed32":
        wire.fixed32(Number(integerWithin(value, 0n, UINT32_MAX)));
        return;
      case "sfixed32":
        wire.fixed32(Number(integerWithin(value, INT32_MIN, INT32_MAX)));
        return;
      case "fixed64":
        wire.fixed64(integerWithin(value, 0n, MAX_UINT64));
        return;
      case "sfixed64":
        wire.fixed64(integerWithin(value, MIN_INT64, MAX_INT64));
        return;
    }
  }

  /** Without presence zero is not written; the value is checked all the same. */
  #isZero({ enum: type, scalar }: FieldPlan, value: unknown): boolean {
    if (type !== undefined) return enumNumber(type, value) === 0;
    switch (scalar) {
      case "string":
        return value === "";
      case "bytes":
        return bytesOf(value).length === 0;
      case "bool":
        return !booleanOf(value);
      case "double":
      case "float":
        return Object.is(doubleOf(value), 0);
      default:
        return isSafe(value) ? value === 0 : integerOf(value) === 0n;
    }
  }
}

/** The member of a field, by either of its names. */
function memberOf(plan: MessagePlan, field: FieldPlan, members: Members): unknown {
  const member = getMember(members, field.key);
  if (member !== undefined || field.otherKey === undefined) return member;
  // The other name of this field may be the first name of another.
  return plan.byName.get(field.otherKey) === field ? getMember(members, field.otherKey) : undefined;
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function takesNull({ enum: type, message, repeated }: FieldPlan): boolean {
  return !repeated && (type?.isNull === true || message?.wellKnown === "value");
}

function enumNumber({ byName, isNull, name }: EnumPlan, value: unknown): number {
  if (isNull && value === null) return 0;
  const number = typeof value === "string" ? (byName.get(value) ?? integerOf(value)) : integerOf(value);
  if (number === undefined) throw new ValueFault(`a name or number of ${name} is expected`, value);
  return Number(within(BigInt(number), value, INT32_MIN, INT32_MAX));
}

/** Whether it can be written as a varint of 64 bits without a `bigint`. */
function isSafe(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Whether it can be written as a varint without a `bigint`. */
function isSmall(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= 0x7fff_ffff && Number.isInteger(value);
}

function integerWithin(value: unknown, least: bigint, most: bigint): bigint {
  const integer = integerOf(value);
  if (integer === undefined) throw new ValueFault("an integer is expected", value);
  return within(integer, value, least, most);
}

function within(integer: bigint, value: unknown, least: bigint, most: bigint): bigint {
  if (integer >= least && integer <= most) return integer;
  throw new ValueFault(`an integer from ${least} to ${most} is expected`, value);
}

function booleanOf(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  const boolean = BOOLEANS.get(value);
  if (boolean === undefined) throw new ValueFault("true or false is expected", value);
  return boolean;
}

function doubleOf(value: unknown): number {
  // JSON has numbers beyond doubles; infinity is written as its name.
  if (typeof value === "number" && Math.abs(value) !== Number.POSITIVE_INFINITY) return value;
  if (FLOAT_NAMES.has(value)) return Number(value);
  const isDecimal = typeof value === "bigint" || (typeof value === "string" && DECIMAL.test(value));
  const number = isDecimal ? Number(value) : Number.NaN;
  if (!Number.isFinite(number)) throw new ValueFault("a number is expected", value);
  return number;
}

function floatOf(value: unknown): number {
  const number = doubleOf(value);
  if (overflowsFloat32(number)) throw new ValueFault("a number within the range of a float is expected", value);
  return number;
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== "string" || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(value)) {
    throw new ValueFault("bytes in base64 are expected", value);
  }
  return Buffer.from(value, "base64");
}
