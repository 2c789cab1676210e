import { asBuffer } from "@iggy-connectors/sdk";
import { setMember } from "@iggy-connectors/sdk/internal";
import { decodeError } from "../errors/codec-error.ts";
import { FlatBytes, FlatFault } from "./bytes.ts";
import {
  Base,
  type FlatElement,
  type FlatField,
  type FlatForm,
  type FlatObject,
  MAX_DEPTH,
  SCALAR_SIZES,
} from "./model.ts";
import { scalarForm } from "./scalars.ts";

type Members = Record<string, unknown>;

/**
 * The root table of a buffer as a value, in the JSON form of `flatc`. Throws `RejectedError` (`IGC_DECODE_FLAT_BUFFER`) with
 * the field's path.
 */
export function readFlatBuffer(
  root: FlatObject,
  identifier: string | undefined,
  form: FlatForm,
  bytes: Uint8Array,
  start: number,
  end: number,
): unknown {
  const reader = new BufferReader(new FlatBytes(asBuffer(bytes).subarray(start, end)), form);
  try {
    return reader.read(root, identifier);
  } catch (error) {
    if (error instanceof FlatFault) throw decodeError("flat_buffer", error.message, reader.path, root.name);
    throw error;
  }
}

class BufferReader {
  /** Path of the value being read. */
  readonly path: (string | number)[] = [];
  readonly #bytes: FlatBytes;
  readonly #form: FlatForm;

  constructor(bytes: FlatBytes, form: FlatForm) {
    this.#bytes = bytes;
    this.#form = form;
  }

  read(root: FlatObject, identifier: string | undefined): unknown {
    const bytes = this.#bytes;
    if (bytes.length < 8) throw new FlatFault("it is shorter than the smallest buffer");
    if (identifier !== undefined && bytes.identifier !== identifier) {
      throw new FlatFault(`its file identifier is not ${identifier}`);
    }
    return this.#table(root, bytes.follow(0), 0);
  }

  #table(type: FlatObject, at: number, depth: number): Members {
    if (depth >= MAX_DEPTH) throw new FlatFault("too many levels of nesting");
    const bytes = this.#bytes;
    const table = bytes.table(at);
    const members: Members = {};
    for (const field of type.fields) {
      this.path.push(field.name);
      const place = bytes.field(table, field.id, inlineSize(field.type));
      if (place === undefined) {
        if (field.required) throw new FlatFault("a required field is missing");
        if (this.#form.emitDefaults && isScalar(field.type.base)) setMember(members, field.name, this.#default(field));
      } else {
        const value = this.#field(field, place, depth, () => {
          const { discriminator } = field;
          return discriminator === undefined
            ? undefined
            : bytes.field(table, discriminator.id, inlineSize(discriminator.type));
        });
        if (value !== undefined) setMember(members, field.name, value);
      }
      this.path.pop();
    }
    return members;
  }

  /** `kind`: the position of the type field of a union. Returns undefined for a union without a member. */
  #field(field: FlatField, at: number, depth: number, kind: () => number | undefined): unknown {
    const { type } = field;
    if (type.base === Base.vector) {
      const kindAt = kind();
      return this.#vector(
        field,
        this.#bytes.follow(at),
        depth,
        kindAt === undefined ? undefined : this.#bytes.follow(kindAt),
      );
    }
    if (type.base !== Base.union) return this.#inline(type, at, depth);
    const kindAt = kind();
    return this.#union(field, kindAt === undefined ? 0 : this.#bytes.uint8(kindAt), at, depth);
  }

  #vector(field: FlatField, at: number, depth: number, kinds: number | undefined): unknown[] {
    const bytes = this.#bytes;
    const element = field.type.element!;
    const size = inlineSize(element);
    const length = bytes.vectorLength(at, size);
    const isUnion = element.base === Base.union;
    if (isUnion && (kinds === undefined || bytes.vectorLength(kinds, 1) !== length)) {
      throw new FlatFault("a vector of unions has a different number of types and values");
    }
    const list: unknown[] = [];
    for (let index = 0; index < length; index++) {
      this.path.push(index);
      const place = at + 4 + index * size;
      const value = isUnion
        ? (this.#union(field, bytes.uint8(kinds! + 4 + index), place, depth) ?? null)
        : this.#inline(element, place, depth);
      list.push(value);
      this.path.pop();
    }
    return list;
  }

  #union(field: FlatField, kind: number, at: number, depth: number): unknown {
    if (kind === 0) return undefined;
    const type = field.type.enum ?? field.type.element?.enum;
    const member = type?.byValue.get(BigInt(kind))?.member;
    if (member === undefined) throw new FlatFault(`a union has no member ${kind}`);
    // Unlike elsewhere, a struct that is a member of a union is not stored inline, but referred to by an offset.
    if (member.object?.isStruct === true) return this.#struct(member.object, this.#bytes.follow(at), depth + 1);
    return this.#inline(member, at, depth);
  }

  /** What is stored inline at a position: a scalar, a struct, or an offset. */
  #inline({ base, object, enum: type }: FlatElement, at: number, depth: number): unknown {
    if (base === Base.string) return this.#bytes.string(this.#bytes.follow(at));
    if (object !== undefined) {
      return object.isStruct
        ? this.#struct(object, at, depth + 1)
        : this.#table(object, this.#bytes.follow(at), depth + 1);
    }
    return scalarForm(this.#bytes.scalar(base, at), base, type, this.#form);
  }

  #struct(type: FlatObject, at: number, depth: number): Members {
    if (depth >= MAX_DEPTH) throw new FlatFault("too many levels of nesting");
    const members: Members = {};
    for (const { name, offset, type: fieldType } of type.fields) {
      const { element, length } = fieldType;
      if (element === undefined) {
        setMember(members, name, this.#inline(fieldType, at + offset, depth));
        continue;
      }
      const size = inlineSize(element);
      const list = Array.from({ length }, (_, index) => this.#inline(element, at + offset + index * size, depth));
      setMember(members, name, list);
    }
    return members;
  }

  #default({ optional, defaultValue, type }: FlatField): unknown {
    return optional ? null : scalarForm(defaultValue, type.base, type.enum, this.#form);
  }
}

export function isScalar(base: number): boolean {
  return base >= Base.unionType && base <= Base.double;
}

/** Number of bytes that a value takes inline. */
export function inlineSize({ base, object }: FlatElement): number {
  if (object?.isStruct === true) return object.size;
  return SCALAR_SIZES[base] || 4;
}
