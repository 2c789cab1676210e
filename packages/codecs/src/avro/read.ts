import { OutputBuffer } from "@iggy-connectors/sdk";
import { setMember } from "@iggy-connectors/sdk/internal";
import { EXPECTED_BYTES } from "../codec.ts";
import { finiteOrName, shortestFloat32 } from "../primitives/floats.ts";
import { formatDate, formatDecimal, formatMoment, formatUuid, normalUuid } from "./forms.ts";
import { AvroFault, AvroInput } from "./input.ts";
import {
  type AvroField,
  type AvroForm,
  type AvroPrimitive,
  type AvroRecord,
  type AvroType,
  branchName,
  MAX_DEPTH,
} from "./model.ts";
import { fieldOf, leastBytes, matchBranch, resolves } from "./resolve.ts";
import { writeDefault } from "./write.ts";

/** Reads one value at a depth of nesting. Throws `AvroFault`. */
export type AvroRead = (input: AvroInput, depth: number) => unknown;

/**
 * Compiles a reader of data of the type `writer` as values of the type `reader`: schema resolution of the Avro specification, with
 * promotions, reordered, added and removed fields, aliases and defaults. Both may be the same type.
 */
export function compileRead(writer: AvroType, reader: AvroType, form: AvroForm): AvroRead {
  return new ReadCompiler(form).compile(writer, reader);
}

class ReadCompiler {
  readonly #form: AvroForm;
  readonly #records = new Map<AvroType, Map<AvroType, AvroRead>>();

  constructor(form: AvroForm) {
    this.#form = form;
  }

  compile(writer: AvroType, reader: AvroType): AvroRead {
    if (writer.kind === "union") return this.#writtenUnion(writer.branches, reader);
    if (reader.kind === "union") return this.#readUnion(writer, reader.branches);
    if (!resolves(writer, reader)) throw new AvroFault(mismatch(writer, reader));
    switch (writer.kind) {
      case "record":
        return this.#record(writer, reader as AvroRecord);
      case "array":
        return this.#array(writer.items, (reader as Extract<AvroType, { kind: "array" }>).items);
      case "map":
        return this.#map(writer.values, (reader as Extract<AvroType, { kind: "map" }>).values);
      case "enum":
        return readEnum(writer, reader as typeof writer);
      case "fixed":
        return this.#bytes(reader, () => writer.size);
      default:
        return this.#primitive(writer, reader as AvroPrimitive);
    }
  }

  /** Each branch is read as the whole reader type; one that does not resolve fails only when it occurs. */
  #writtenUnion(branches: readonly AvroType[], reader: AvroType): AvroRead {
    const reads = branches.map((branch): AvroRead => {
      try {
        return this.compile(branch, reader);
      } catch (error) {
        if (!(error instanceof AvroFault)) throw error;
        return () => {
          throw new AvroFault(error.message);
        };
      }
    });
    if (reader.kind !== "union" && reads.length > 0) {
      // If no branch fits, no datum can be read.
      if (!branches.some((branch) => resolves(branch, reader))) throw new AvroFault(mismatch(branches[0]!, reader));
    }
    return (input, depth) => {
      const index = input.long();
      const read = reads[Number(index)];
      if (read === undefined) throw new AvroFault(`a union has no branch ${index}`);
      return read(input, depth);
    };
  }

  #readUnion(writer: AvroType, branches: readonly AvroType[]): AvroRead {
    const branch = matchBranch(writer, branches);
    if (branch === undefined) throw new AvroFault(`no branch of the reader's union takes ${branchName(writer)}`);
    const read = this.compile(writer, branch);
    if (!this.#form.taggedUnions || branch.kind === "null") return read;
    const tag = branchName(branch);
    return (input, depth) => {
      const value: Record<string, unknown> = {};
      setMember(value, tag, read(input, depth));
      return value;
    };
  }

  #record(writer: AvroRecord, reader: AvroRecord): AvroRead {
    const known = this.#records.get(writer)?.get(reader);
    if (known !== undefined) return known;
    const steps: { name: string; read: AvroRead; keep: boolean }[] = [];
    const defaults: { name: string; value: unknown }[] = [];
    const read: AvroRead = (input, depth) => {
      if (depth >= MAX_DEPTH) throw new AvroFault("too many levels of nesting");
      const value: Record<string, unknown> = {};
      for (const step of steps) {
        input.enter(depth, step.name);
        const member = step.read(input, depth + 1);
        if (step.keep) setMember(value, step.name, member);
      }
      for (const { name, value: member } of defaults) setMember(value, name, structuredClone(member));
      return value;
    };
    const ofWriter = this.#records.get(writer) ?? new Map<AvroType, AvroRead>();
    // Registered before its fields: a record may contain itself.
    this.#records.set(writer, ofWriter.set(reader, read));
    const found = new Set<AvroField>();
    for (const field of writer.fields) {
      const target = fieldOf(reader, field);
      if (target !== undefined) found.add(target);
      const inner = target === undefined ? this.compile(field.type, field.type) : this.compile(field.type, target.type);
      steps.push({ name: target?.name ?? field.name, read: inner, keep: target !== undefined });
    }
    for (const field of reader.fields) {
      if (found.has(field)) continue;
      if (field.default === undefined) {
        throw new AvroFault(
          `field ${field.name} of ${reader.name} has no default, and the writer's schema does not have the field`,
        );
      }
      defaults.push({ name: field.name, value: defaultValue(field.type, field.default.value, this.#form) });
    }
    return read;
  }

  #array(writer: AvroType, reader: AvroType): AvroRead {
    const read = this.compile(writer, reader);
    const size = leastBytes(writer);
    return (input, depth) => {
      if (depth >= MAX_DEPTH) throw new AvroFault("too many levels of nesting");
      const list: unknown[] = [];
      for (let count = input.blockCount(size); count > 0; count = input.blockCount(size)) {
        for (let index = 0; index < count; index++) {
          input.enter(depth, list.length);
          list.push(read(input, depth + 1));
        }
      }
      return list;
    };
  }

  #map(writer: AvroType, reader: AvroType): AvroRead {
    const read = this.compile(writer, reader);
    const size = leastBytes(writer) + 1;
    return (input, depth) => {
      if (depth >= MAX_DEPTH) throw new AvroFault("too many levels of nesting");
      const map: Record<string, unknown> = {};
      for (let count = input.blockCount(size); count > 0; count = input.blockCount(size)) {
        for (let index = 0; index < count; index++) {
          const key = input.string();
          input.enter(depth, key);
          setMember(map, key, read(input, depth + 1));
        }
      }
      return map;
    };
  }

  #primitive(writer: AvroPrimitive, reader: AvroPrimitive): AvroRead {
    switch (writer.kind) {
      case "null":
        return () => null;
      case "boolean":
        return (input) => input.boolean();
      case "int":
        return this.#number(reader, (input) => input.int());
      case "long":
        return this.#number(reader, (input) => input.long());
      case "float":
        return this.#form.logical
          ? (input) => finiteOrName(shortestFloat32(input.float()))
          : (input) => finite(shortestFloat32(input.float()));
      case "double":
        return this.#form.logical ? (input) => finiteOrName(input.double()) : (input) => finite(input.double());
      case "string":
        if (reader.kind === "bytes") return this.#bytes(reader, (input) => input.length());
        if (reader.logical?.name === "uuid") return readUuid;
        return (input) => input.string();
      case "bytes":
        if (reader.kind === "string") return (input) => input.string();
        return this.#bytes(reader, (input) => input.length());
    }
  }

  #number({ kind, logical }: AvroPrimitive, read: (input: AvroInput) => number | bigint): AvroRead {
    if (kind === "float" || kind === "double") return (input) => Number(read(input));
    if (this.#form.logical && logical?.name === "date") return (input) => formatDate(Number(read(input)));
    if (this.#form.logical && logical !== undefined && "digits" in logical) {
      return (input) => formatMoment(read(input), logical);
    }
    if (this.#form.int64As === "number") return read;
    return (input) => {
      const value = read(input);
      return typeof value === "bigint" ? value.toString() : value;
    };
  }

  #bytes(reader: AvroType, length: (input: AvroInput) => number): AvroRead {
    const logical = "logical" in reader ? reader.logical : undefined;
    const form = this.#form.logical ? bytesForm(logical) : (bytes: Buffer) => [...bytes];
    return (input) => {
      const size = length(input);
      const start = input.take(size);
      return form(input.bytes.subarray(start, start + size));
    };
  }
}

function bytesForm(logical: AvroPrimitive["logical"]): (bytes: Buffer) => unknown {
  switch (logical?.name) {
    case "decimal":
      return (bytes) => formatDecimal(bytes, logical.scale);
    case "uuid":
      return formatUuid;
    case "duration":
      return (bytes) => ({
        months: bytes.readUInt32LE(0),
        days: bytes.readUInt32LE(4),
        milliseconds: bytes.readUInt32LE(8),
      });
    default:
      return (bytes) => bytes.toString("base64");
  }
}

function readEnum(
  writer: Extract<AvroType, { kind: "enum" }>,
  { symbols, fallback, name }: Extract<AvroType, { kind: "enum" }>,
): AvroRead {
  return (input) => {
    const index = input.long();
    const symbol = writer.symbols[Number(index)];
    if (symbol === undefined) throw new AvroFault(`the enum ${writer.name} has no symbol ${index}`);
    if (writer.symbols === symbols || symbols.includes(symbol)) return symbol;
    if (fallback === undefined) throw new AvroFault(`the reader's enum ${name} has no symbol ${symbol}`);
    return fallback;
  };
}

const readUuid: AvroRead = (input) => {
  const uuid = normalUuid(input.string());
  if (uuid === undefined) throw new AvroFault("a string is not a UUID");
  return uuid;
};

/** JSON has neither NaN nor infinities, and the original refuses them. */
function finite(value: number): number {
  if (!Number.isFinite(value)) {
    throw new AvroFault(`JSON has no number for ${value}; with avro_logical = "logical" it is the string "${value}"`);
  }
  return value;
}

function mismatch(writer: AvroType, reader: AvroType): string {
  return `the writer's ${branchName(writer)} cannot be read as the reader's ${branchName(reader)}`;
}

/** A field's default, as if it had been read. */
function defaultValue(type: AvroType, value: unknown, form: AvroForm): unknown {
  const output = new OutputBuffer(EXPECTED_BYTES);
  writeDefault(type, value, output);
  return compileRead(type, type, form)(new AvroInput(output.bytes, 0, output.position), 0);
}
