import { isJsonObject } from "@iggy-connectors/sdk/internal";
import type { Builder } from "flatbuffers";
import { encodeError } from "../errors/codec-error.ts";
import { ValueFault } from "../errors/value-fault.ts";
import { getMember } from "../primitives/member.ts";
import { buildBuffer } from "./flatbuffers-library.ts";
import { Base, type FlatElement, type FlatField, type FlatObject, MAX_DEPTH } from "./model.ts";
import { inlineSize, isScalar } from "./reader.ts";
import { scalarFrom } from "./scalars.ts";

type Members = Readonly<Record<string, unknown>>;

const OFFSET_SIZE = 4;

/** A buffer with the value as its root table. Throws `RejectedError` (`IGC_SOURCE_ENCODE`) with the field's path. */
export function writeFlatBuffer(root: FlatObject, identifier: string | undefined, value: unknown): Uint8Array {
  return buildBuffer((builder) => {
    const writer = new BufferWriter(builder);
    try {
      builder.finish(writer.table(root, value, 0), identifier);
    } catch (error) {
      if (error instanceof ValueFault) throw encodeError("flat_buffer", error.message, writer.path, root.name);
      throw error;
    }
  });
}

/** The content of a field in a table: a scalar, an offset, or a struct that is still to be written. */
type Slot =
  | { readonly kind: "scalar"; readonly field: FlatField; readonly value: number | bigint }
  | { readonly kind: "offset"; readonly field: FlatField; readonly at: number }
  | { readonly kind: "struct"; readonly field: FlatField; readonly bytes: Buffer };

class BufferWriter {
  /** Path of the value being written. */
  readonly path: (string | number)[] = [];
  readonly #builder: Builder;

  constructor(builder: Builder) {
    this.#builder = builder;
  }

  /** Writes a table after everything that it refers to, and returns its position. */
  table(type: FlatObject, value: unknown, depth: number): number {
    if (!isJsonObject(value)) throw new ValueFault("an object is expected", value);
    if (depth >= MAX_DEPTH) throw new ValueFault(`at most ${MAX_DEPTH} levels of nesting are expected`, value);
    const slots: Slot[] = [];
    for (const field of type.fields) {
      this.path.push(field.name);
      const member = getMember(value, field.name);
      if (member !== undefined && member !== null) slots.push(this.#slot(field, member, value, depth));
      else if (field.required) throw new ValueFault("the required field is expected", member);
      this.path.pop();
    }
    const builder = this.#builder;
    builder.startObject(type.idCount);
    // The largest first, to minimize padding.
    for (const slot of slots.sort((a, b) => inlineSize(b.field.type) - inlineSize(a.field.type))) this.#add(slot);
    return builder.endObject();
  }

  #add(slot: Slot): void {
    const builder = this.#builder;
    const { id, type, optional, defaultValue } = slot.field;
    if (slot.kind === "offset") builder.addFieldOffset(id, slot.at, 0);
    else if (slot.kind === "struct") builder.addFieldStruct(id, this.#place(slot.bytes, type.object!.alignment), 0);
    // A scalar that equals its default is not stored, unless it is optional.
    else if (optional || !isSame(slot.value, defaultValue)) {
      this.#scalar(type.base, slot.value);
      builder.slot(id);
    }
  }

  #slot(field: FlatField, value: unknown, siblings: Members, depth: number): Slot {
    const { type } = field;
    if (type.base === Base.vector) return { kind: "offset", field, at: this.#vector(field, value, siblings, depth) };
    if (type.base === Base.union) {
      const kind = getMember(siblings, field.discriminator!.name);
      return { kind: "offset", field, at: this.#union(field.type, kind, value, depth) };
    }
    if (type.object?.isStruct === true) return { kind: "struct", field, bytes: this.#structBytes(type.object, value) };
    if (isScalar(type.base)) return { kind: "scalar", field, value: scalarFrom(value, type.base, type.enum) };
    return { kind: "offset", field, at: this.#referred(type, value, depth) };
  }

  /** Writes a string or table. */
  #referred({ base, object }: FlatElement, value: unknown, depth: number): number {
    if (base !== Base.string) return this.table(object!, value, depth + 1);
    if (typeof value !== "string" || !value.isWellFormed()) throw new ValueFault("a string is expected", value);
    // Encoding by Buffer is cheaper than by the library.
    return this.#builder.createString(Buffer.from(value));
  }

  #union({ enum: type }: FlatElement, kind: unknown, value: unknown, depth: number): number {
    const found = typeof kind === "string" ? type!.byName.get(kind) : undefined;
    if (found?.member === undefined)
      throw new ValueFault(`its type, a name of ${type!.name}, is expected beside it`, kind);
    const { object } = found.member;
    if (object?.isStruct === true) return this.#place(this.#structBytes(object, value), object.alignment);
    return this.#referred(found.member, value, depth);
  }

  #vector(field: FlatField, value: unknown, siblings: Members, depth: number): number {
    const element = field.type.element!;
    const list = value instanceof Uint8Array ? [...value] : value;
    if (!Array.isArray(list)) throw new ValueFault("an array is expected", value);
    const { object } = element;
    const size = inlineSize(element);
    const builder = this.#builder;
    if (object?.isStruct === true) {
      const structs = this.#each(list, (item) => this.#structBytes(object, item));
      builder.startVector(size, list.length, object.alignment);
      for (const bytes of structs.reverse()) this.#place(bytes, object.alignment);
    } else if (isScalar(element.base)) {
      const scalars = this.#each(list, (item) => scalarFrom(item, element.base, element.enum));
      builder.startVector(size, list.length, size);
      for (const scalar of scalars.reverse()) this.#scalar(element.base, scalar);
    } else {
      const kinds = element.base === Base.union ? getMember(siblings, field.discriminator!.name) : undefined;
      const offsets = this.#each(list, (item, index) =>
        element.base === Base.union
          ? this.#unionElement(element, Array.isArray(kinds) ? kinds[index] : undefined, item, depth)
          : this.#referred(element, item, depth),
      );
      builder.startVector(OFFSET_SIZE, list.length, OFFSET_SIZE);
      for (const at of offsets.reverse()) builder.addOffset(at);
    }
    return builder.endVector();
  }

  /** A union without a member still takes its position in a vector. */
  #unionElement(element: FlatElement, kind: unknown, value: unknown, depth: number): number {
    return value === null ? this.#builder.createString("") : this.#union(element, kind, value, depth);
  }

  #each<Result>(list: readonly unknown[], make: (item: unknown, index: number) => Result): Result[] {
    return list.map((item, index) => {
      this.path.push(index);
      const made = make(item, index);
      this.path.pop();
      return made;
    });
  }

  /** All fields of a struct are required. */
  #structBytes(type: FlatObject, value: unknown): Buffer {
    const bytes = Buffer.alloc(type.size);
    this.#fillStruct(bytes, 0, type, value);
    return bytes;
  }

  #fillStruct(bytes: Buffer, at: number, type: FlatObject, value: unknown): void {
    if (!isJsonObject(value)) throw new ValueFault("an object is expected", value);
    for (const { name, offset, type: fieldType } of type.fields) {
      this.path.push(name);
      const member = getMember(value, name);
      const { element, length } = fieldType;
      if (element === undefined) this.#fillElement(bytes, at + offset, fieldType, member);
      else {
        if (!Array.isArray(member) || member.length !== length)
          throw new ValueFault(`an array of ${length} is expected`, member);
        this.#each(member, (item, index) =>
          this.#fillElement(bytes, at + offset + index * inlineSize(element), element, item),
        );
      }
      this.path.pop();
    }
  }

  #fillElement(bytes: Buffer, at: number, { base, object, enum: type }: FlatElement, value: unknown): void {
    if (object !== undefined) this.#fillStruct(bytes, at, object, value);
    else storeScalar(bytes, at, base, scalarFrom(value, base, type));
  }

  /** Writes a struct at the current position of the builder. */
  #place(bytes: Buffer, alignment: number): number {
    const builder = this.#builder;
    builder.prep(alignment, bytes.length);
    for (let at = bytes.length - 1; at >= 0; at--) builder.writeInt8(bytes[at]!);
    return builder.offset();
  }

  #scalar(base: number, value: number | bigint): void {
    const builder = this.#builder;
    switch (base) {
      case Base.int16:
      case Base.uint16:
        builder.addInt16(value as number);
        return;
      case Base.int32:
      case Base.uint32:
        builder.addInt32(value as number);
        return;
      case Base.int64:
      case Base.uint64:
        builder.addInt64(BigInt(value));
        return;
      case Base.float:
        builder.addFloat32(value as number);
        return;
      case Base.double:
        builder.addFloat64(value as number);
        return;
      default:
        builder.addInt8(value as number);
    }
  }
}

function storeScalar(bytes: Buffer, at: number, base: number, value: number | bigint): void {
  switch (base) {
    case Base.int16:
    case Base.uint16:
      bytes.writeUInt16LE((value as number) & 0xffff, at);
      return;
    case Base.int32:
    case Base.uint32:
      bytes.writeUInt32LE((value as number) >>> 0, at);
      return;
    case Base.int64:
    case Base.uint64:
      bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), at);
      return;
    case Base.float:
      bytes.writeFloatLE(value as number, at);
      return;
    case Base.double:
      bytes.writeDoubleLE(value as number, at);
      return;
    default:
      bytes[at] = (value as number) & 0xff;
  }
}

/** Whether two numbers are encoded equally: schemas keep defaults of unsigned 64-bit types as signed numbers. */
function isSame(value: number | bigint, defaultValue: number | bigint): boolean {
  if (typeof value !== "bigint") return Object.is(value, Number(defaultValue));
  return BigInt.asUintN(64, value) === BigInt.asUintN(64, BigInt(defaultValue));
}
