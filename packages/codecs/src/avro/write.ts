import { JsonNumber, type OutputBuffer } from "@iggy-connectors/sdk";
import { exactMember, isJsonObject, MIN_INT64 } from "@iggy-connectors/sdk/internal";
import { ValueFault } from "../errors/value-fault.ts";
import { FLOAT_NAMES, overflowsFloat32 } from "../primitives/floats.ts";
import { integerOf, MAX_INT64 } from "../primitives/integers.ts";
import { getMember } from "../primitives/member.ts";
import { writeVarint, writeVarint64, writeVarintSafe } from "../primitives/varint.ts";
import { AvroFault } from "./input.ts";
import { type AvroForm, type AvroPrimitive, type AvroRecord, type AvroType, branchName, MAX_DEPTH } from "./model.ts";
import { bytesFrom, integerFrom } from "./values.ts";

/** Where the value being written is. */
export interface WritePlace {
  /** Its path is the first `depth` elements. */
  readonly path: (string | number)[];
  depth: number;
}

/** Appends one value. Throws `ValueFault`, and leaves what it appended before that. */
export type AvroWrite = (output: OutputBuffer, value: unknown, place: WritePlace, depth: number) => void;

export interface WriteForm extends AvroForm {
  /** Strings represent the bytes of their code points, as in the defaults of a schema. */
  readonly latinBytes?: boolean;
  /** A union takes its first branch only, as in the defaults of a schema. */
  readonly firstBranch?: boolean;
}

/** Compiles the writer of a type. */
export function compileWrite(type: AvroType, form: WriteForm): AvroWrite {
  return new WriteCompiler(form).compile(type);
}

class WriteCompiler {
  readonly #form: WriteForm;
  readonly #records = new Map<AvroType, AvroWrite>();

  constructor(form: WriteForm) {
    this.#form = form;
  }

  compile(type: AvroType): AvroWrite {
    switch (type.kind) {
      case "record":
        return this.#record(type);
      case "array":
        return this.#array(type.items);
      case "map":
        return this.#map(type.values);
      case "union":
        return this.#union(type.branches);
      case "enum":
        return writeEnum(type);
      case "fixed":
        return (output, value) => {
          const bytes = bytesFrom(value, type, this.#form);
          if (bytes.length !== type.size) throw new ValueFault(`${type.size} bytes are expected`, value);
          output.writeBytes(bytes);
        };
      default:
        return this.#primitive(type);
    }
  }

  #primitive(type: AvroPrimitive): AvroWrite {
    switch (type.kind) {
      case "null":
        return (_output, value) => {
          if (value !== null && value !== undefined) throw new ValueFault("null is expected", value);
        };
      case "boolean":
        return (output, value) => {
          if (typeof value !== "boolean") throw new ValueFault("true or false is expected", value);
          output.reserve(1);
          output.bytes[output.position++] = value ? 1 : 0;
        };
      case "int":
        return (output, value) => {
          if (isSmall(value)) return writeSmall(output, value);
          const integer = integerFrom(value, type.logical);
          if (integer < -(2n ** 31n) || integer >= 2n ** 31n)
            throw new ValueFault("an int of 32 bits is expected", value);
          writeLong(output, integer);
        };
      case "long":
        return (output, value) => {
          if (isSmall(value)) return writeSmall(output, value);
          if (isLarge(value)) return writeVarintSafe(output, value * 2);
          const integer = integerFrom(value, type.logical);
          if (integer < MIN_INT64 || integer > MAX_INT64) throw new ValueFault("a long of 64 bits is expected", value);
          writeLong(output, integer);
        };
      case "float":
        return (output, value) => {
          const number = numberFrom(value);
          if (overflowsFloat32(number)) throw new ValueFault("a number within the range of a float is expected", value);
          output.reserve(4);
          output.position = output.bytes.writeFloatLE(number, output.position);
        };
      case "double":
        return (output, value) => {
          const number = numberFrom(value);
          output.reserve(8);
          output.position = output.bytes.writeDoubleLE(number, output.position);
        };
      case "string":
        return (output, value) => {
          if (typeof value !== "string") throw new ValueFault("a string is expected", value);
          writeText(output, value);
        };
      case "bytes":
        return (output, value) => {
          const bytes = bytesFrom(value, type, this.#form);
          writeSmall(output, bytes.length);
          output.writeBytes(bytes);
        };
    }
  }

  /** A missing member has the field's default, else null if the type takes it. */
  #record(type: AvroRecord): AvroWrite {
    const known = this.#records.get(type);
    if (known !== undefined) return known;
    const steps: { name: string; write: AvroWrite; field: AvroRecord["fields"][number]; take: Take }[] = [];
    const record: AvroWrite = (output, value, place, depth) => {
      if (!isJsonObject(value)) throw new ValueFault("an object is expected", value);
      if (depth >= MAX_DEPTH) throw new ValueFault(`at most ${MAX_DEPTH} levels of nesting are expected`, value);
      for (const { name, write, field, take } of steps) {
        const member = take(value, name);
        place.path[depth] = name;
        place.depth = depth + 1;
        if (member === undefined && field.default !== undefined) writeDefault(field.type, field.default.value, output);
        else write(output, member ?? null, place, depth + 1);
      }
      place.depth = depth;
    };
    // Registered before its fields: a record may contain itself.
    this.#records.set(type, record);
    for (const field of type.fields) {
      steps.push({ name: field.name, write: this.compile(field.type), field, take: takeOf(field.type) });
    }
    return record;
  }

  #array(items: AvroType): AvroWrite {
    const write = this.compile(items);
    const take = takeOf(items);
    return (output, value, place, depth) => {
      if (!Array.isArray(value)) throw new ValueFault("an array is expected", value);
      if (depth >= MAX_DEPTH) throw new ValueFault(`at most ${MAX_DEPTH} levels of nesting are expected`, value);
      if (value.length > 0) writeSmall(output, value.length);
      for (let index = 0; index < value.length; index++) {
        place.path[depth] = index;
        place.depth = depth + 1;
        write(output, take(value, index), place, depth + 1);
      }
      place.depth = depth;
      writeSmall(output, 0);
    };
  }

  #map(values: AvroType): AvroWrite {
    const write = this.compile(values);
    const take = takeOf(values);
    return (output, value, place, depth) => {
      if (!isJsonObject(value)) throw new ValueFault("an object is expected", value);
      if (depth >= MAX_DEPTH) throw new ValueFault(`at most ${MAX_DEPTH} levels of nesting are expected`, value);
      const keys = Object.keys(value);
      if (keys.length > 0) writeSmall(output, keys.length);
      for (const key of keys) {
        place.path[depth] = key;
        place.depth = depth + 1;
        writeText(output, key);
        write(output, take(value, key), place, depth + 1);
      }
      place.depth = depth;
      writeSmall(output, 0);
    };
  }

  /** Writes the first branch that takes the value; branches of exactly its JSON type come first. */
  #union(branches: readonly AvroType[]): AvroWrite {
    const writes = branches.map((branch) => this.compile(branch));
    const takes = branches.map(takeOf);
    const decimals = branches.map(isDecimal);
    const names = branches.map(branchName);
    const { taggedUnions, firstBranch } = this.#form;
    // The most common union, of null and one other type, needs no sorting.
    const nullable = branches.length === 2 && branches.some(({ kind }) => kind === "null");
    const other = branches[0]?.kind === "null" ? [1] : FIRST;
    return (output, value, place, depth) => {
      const plain = value instanceof JsonNumber ? value.value : value;
      if (taggedUnions && isJsonObject(plain)) {
        const [tag, ...others] = Object.keys(plain);
        const index = tag === undefined || others.length > 0 ? -1 : names.indexOf(tag);
        if (index === -1) throw new ValueFault(`an object with one key of ${names.join(", ")} is expected`, value);
        writeSmall(output, index);
        writes[index]!(output, takes[index]!(plain, tag!), place, depth);
        return;
      }
      const start = output.position;
      let failure: unknown;
      for (const index of firstBranch
        ? FIRST
        : nullable && value !== null && value !== undefined
          ? other
          : candidates(branches, plain)) {
        try {
          writeSmall(output, index);
          writes[index]!(output, decimals[index] === true ? value : plain, place, depth);
          return;
        } catch (error) {
          if (!(error instanceof ValueFault)) throw error;
          // The fault within the only branch that is a record says more than that no branch fits.
          if (isJsonObject(plain) && place.depth > depth) failure ??= { error, path: place.path.slice(0, place.depth) };
          output.position = start;
          place.depth = depth;
        }
      }
      if (failure !== undefined && branches.filter(({ kind }) => kind === "record").length === 1) {
        const { error, path } = failure as { error: ValueFault; path: (string | number)[] };
        place.path.splice(0, place.path.length, ...path);
        place.depth = path.length;
        throw error;
      }
      throw new ValueFault(`one of ${names.join(", ")} is expected`, value);
    };
  }
}

/** Takes a member or element out of its holder: with all its digits, if it may be a decimal. */
type Take = (holder: object, key: string | number) => unknown;

function takeOf(type: AvroType): Take {
  const exact = type.kind === "union" ? type.branches.some(isDecimal) : isDecimal(type);
  return exact ? exactMember : (holder, key) => getMember(holder as Record<string | number, unknown>, key);
}

function isDecimal(type: AvroType): boolean {
  return (type.kind === "bytes" || type.kind === "fixed") && type.logical?.name === "decimal";
}

const FIRST: readonly number[] = [0];

/** Indexes of branches, those of the value's own type first, otherwise in the order of the schema. */
function candidates(branches: readonly AvroType[], value: unknown): readonly number[] {
  const indexes = branches.keys();
  return [...indexes].sort((a, b) => rank(branches[a]!, value) - rank(branches[b]!, value));
}

function rank({ kind }: AvroType, value: unknown): number {
  switch (kind) {
    case "null":
      return value === null || value === undefined ? 0 : 1;
    case "boolean":
      return typeof value === "boolean" ? 0 : 1;
    case "int":
    case "long":
      return typeof value !== "string" && integerOf(value) !== undefined ? 0 : 1;
    case "float":
    case "double":
      return typeof value === "number" && !Number.isInteger(value) ? 0 : 1;
    case "string":
    case "enum":
      return typeof value === "string" ? 0 : 1;
    case "record":
    case "map":
      return isJsonObject(value) ? 0 : 1;
    default:
      return value instanceof Uint8Array || Array.isArray(value) ? 0 : 1;
  }
}

function writeEnum({ symbols, name }: Extract<AvroType, { kind: "enum" }>): AvroWrite {
  const indexes = new Map(symbols.map((symbol, index) => [symbol, index]));
  return (output, value) => {
    const index = indexes.get(value as string);
    if (index === undefined) throw new ValueFault(`a symbol of ${name} is expected`, value);
    writeSmall(output, index);
  };
}

function numberFrom(value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value !== "bigint" && !FLOAT_NAMES.has(value)) throw new ValueFault("a number is expected", value);
  const number = Number(value);
  if (typeof value === "bigint" && !Number.isFinite(number)) {
    throw new ValueFault("a number within the range of a double is expected", value);
  }
  return number;
}

function writeText(output: OutputBuffer, text: string): void {
  if (!text.isWellFormed()) throw new ValueFault("a string without lone surrogates is expected", text);
  // Most texts are ASCII, with as many bytes as characters: the length is known before they are written.
  const start = output.position;
  const expected = smallBytes(text.length);
  output.reserve(expected);
  output.position = start + expected;
  output.writeText(text);
  const length = output.position - start - expected;
  const needed = smallBytes(length);
  if (needed !== expected) {
    output.reserve(needed - expected);
    output.bytes.copyWithin(start + needed, start + expected, output.position);
  }
  output.position = start;
  writeSmall(output, length);
  output.position += length;
}

/** Bytes of a length in its zigzag form. */
function smallBytes(length: number): number {
  return length < 0x40 ? 1 : length < 0x2000 ? 2 : length < 0x10_0000 ? 3 : length < 0x800_0000 ? 4 : 5;
}

/** Whether the zigzag form has at most 31 bits, so that no `bigint` is needed. */
function isSmall(value: unknown): value is number {
  return typeof value === "number" && (value << 1) >> 1 === value && !Object.is(value, -0);
}

/** Whether it is a positive integer whose zigzag form a double holds exactly. */
function isLarge(value: unknown): value is number {
  return typeof value === "number" && value > 0 && value < 2 ** 52 && Number.isInteger(value);
}

/** `writeLong` of a small integer. */
function writeSmall(output: OutputBuffer, value: number): void {
  writeVarint(output, ((value << 1) ^ (value >> 31)) >>> 0);
}

/** Zigzag, as a varint. */
function writeLong(output: OutputBuffer, value: bigint): void {
  writeVarint64(output, value < 0n ? -value * 2n - 1n : value * 2n);
}

/** The form of defaults in schemas: bytes as strings of code points below 256, and a union's default is of its first branch. */
const SPECIFICATION = {
  logical: false,
  taggedUnions: false,
  int64As: "number",
  latinBytes: true,
  firstBranch: true,
} as const;

/** Appends a field's default. Throws `AvroFault` if it does not fit its type. */
export function writeDefault(type: AvroType, value: unknown, output: OutputBuffer): void {
  try {
    compileWrite(type, SPECIFICATION)(output, value, { path: [], depth: 0 }, 0);
  } catch (error) {
    throw new AvroFault(`a default does not match its type: ${error instanceof Error ? error.message : error}`);
  }
}
