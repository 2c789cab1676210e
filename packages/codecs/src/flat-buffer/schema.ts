import { schemaError } from "../errors/codec-error.ts";
import { readSchemaFile, type SchemaFolders } from "../schema-files.ts";
import { FlatBytes, FlatFault, type TablePlace } from "./bytes.ts";
import {
  Base,
  type FlatElement,
  type FlatEnum,
  type FlatEnumValue,
  type FlatField,
  type FlatObject,
  type FlatSchema,
  type FlatType,
} from "./model.ts";

/** File identifier of a binary schema (`flatc --schema --binary`). */
const IDENTIFIER = "BFBS";

/** Ids of fields in the tables of FlatBuffers' `reflection.fbs`. */
const SCHEMA = { objects: 0, enums: 1, fileIdent: 2, rootTable: 4 } as const;
const OBJECT = { name: 0, fields: 1, isStruct: 2, minAlign: 3, byteSize: 4 } as const;
const FIELD = {
  name: 0,
  type: 1,
  id: 2,
  offset: 3,
  defaultInteger: 4,
  defaultReal: 5,
  deprecated: 6,
  required: 7,
  optional: 11,
} as const;
const TYPE = { baseType: 0, element: 1, index: 2, fixedLength: 3 } as const;
const ENUM = { name: 0, values: 1, isUnion: 2, attributes: 4 } as const;
const ENUM_VALUE = { name: 0, value: 1, unionType: 3 } as const;

/** Reads a `.bfbs` file. Throws `FatalError` (`IGC_CONFIG_SCHEMA_FILE`, `IGC_CONFIG_SCHEMA_INVALID`). */
export function loadFlatSchema(path: string, folders: SchemaFolders): FlatSchema {
  const file = readSchemaFile(path, folders, "flatbuffer_schema_path");
  try {
    return new SchemaReader(file.bytes).read();
  } catch (cause) {
    if (!(cause instanceof FlatFault)) throw cause;
    throw schemaError(
      `the FlatBuffers schema cannot be read: ${cause.message}; it must be a binary schema, made by flatc --schema --binary`,
      file.path,
      cause,
    );
  }
}

class SchemaReader {
  readonly #bytes: FlatBytes;
  readonly #objects: FlatObject[] = [];
  readonly #enums: FlatEnum[] = [];

  constructor(bytes: Buffer) {
    this.#bytes = new FlatBytes(bytes);
  }

  read(): FlatSchema {
    const bytes = this.#bytes;
    if (bytes.length < 8 || bytes.identifier !== IDENTIFIER)
      throw new FlatFault("it does not begin like a binary schema");
    const schema = bytes.table(bytes.follow(0));
    const objects = this.#tables(schema, SCHEMA.objects);
    const enums = this.#tables(schema, SCHEMA.enums);
    for (const table of objects) this.#objects.push(this.#object(table));
    for (const table of enums) this.#enums.push(this.#enum(table));
    // Types refer to objects and enums, which are all known now.
    for (const [index, table] of objects.entries()) this.#fillObject(this.#objects[index]!, table);
    for (const [index, table] of enums.entries()) this.#fillUnion(this.#enums[index]!, table);
    const root = this.#table(schema, SCHEMA.rootTable);
    const byName = new Map(this.#objects.map((object) => [object.name, object]));
    return {
      objects: byName,
      root: root === undefined ? undefined : byName.get(this.#text(root, OBJECT.name)),
      fileIdentifier: this.#text(schema, SCHEMA.fileIdent) || undefined,
    };
  }

  #object(table: TablePlace): FlatObject {
    return {
      name: this.#text(table, OBJECT.name),
      isStruct: this.#flag(table, OBJECT.isStruct),
      size: this.#integer(table, OBJECT.byteSize, Base.int32, 0),
      alignment: this.#integer(table, OBJECT.minAlign, Base.int32, 1),
      fields: [],
      idCount: 0,
    };
  }

  #fillObject(object: FlatObject, table: TablePlace): void {
    const fields = this.#tables(table, OBJECT.fields).map((field) => ({ field: this.#field(field), table: field }));
    object.idCount = fields.reduce((most, { field }) => Math.max(most, field.id + 1), 0);
    const kept = fields.filter(({ table: at }) => !this.#flag(at, FIELD.deprecated)).map(({ field }) => field);
    const byName = new Map(kept.map((field) => [field.name, field]));
    for (const field of kept) {
      const holdsUnion = field.type.base === Base.union || field.type.element?.base === Base.union;
      if (holdsUnion) field.discriminator = byName.get(`${field.name}_type`);
      if (holdsUnion && field.discriminator === undefined) throw new FlatFault(`${field.name} has no type field`);
    }
    object.fields.push(...kept.sort((a, b) => (object.isStruct ? a.offset - b.offset : a.id - b.id)));
  }

  #field(table: TablePlace): FlatField {
    const type = this.#type(this.#table(table, FIELD.type));
    const isReal = type.base === Base.float || type.base === Base.double;
    const real = this.#bytes.field(table, FIELD.defaultReal, 8);
    return {
      name: this.#text(table, FIELD.name),
      id: this.#integer(table, FIELD.id, Base.uint16, 0),
      offset: this.#integer(table, FIELD.offset, Base.uint16, 0),
      type,
      defaultValue: isReal
        ? real === undefined
          ? 0
          : this.#bytes.scalar(Base.double, real)
        : this.#long(table, FIELD.defaultInteger),
      required: this.#flag(table, FIELD.required),
      optional: this.#flag(table, FIELD.optional),
      discriminator: undefined,
    };
  }

  #type(table: TablePlace | undefined): FlatType {
    if (table === undefined) throw new FlatFault("a field has no type");
    const base = this.#integer(table, TYPE.baseType, Base.int8, 0);
    const element = this.#integer(table, TYPE.element, Base.int8, 0);
    const index = this.#integer(table, TYPE.index, Base.int32, -1);
    const length = this.#integer(table, TYPE.fixedLength, Base.uint16, 0);
    if (base > Base.array || element > Base.union || base === Base.none) {
      throw new FlatFault("it uses a type that is not supported");
    }
    const isList = base === Base.vector || base === Base.array;
    if (!isList) return { ...this.#element(base, index), element: undefined, length };
    return { base, object: undefined, enum: undefined, element: this.#element(element, index), length };
  }

  #element(base: number, index: number): FlatElement {
    const object = base === Base.object ? this.#objects[index] : undefined;
    if (base === Base.object && object === undefined) throw new FlatFault("a type names an object that does not exist");
    return { base, object, enum: base === Base.object ? undefined : this.#enums[index] };
  }

  #enum(table: TablePlace): FlatEnum {
    const values = this.#tables(table, ENUM.values).map(
      (value): FlatEnumValue => ({
        name: this.#text(value, ENUM_VALUE.name),
        value: BigInt(this.#long(value, ENUM_VALUE.value)),
        member: undefined,
      }),
    );
    const attributes = this.#tables(table, ENUM.attributes).map((attribute) => this.#text(attribute, 0));
    return {
      name: this.#text(table, ENUM.name),
      bitFlags: attributes.includes("bit_flags") || areFlags(values),
      byValue: new Map(values.map((value) => [value.value, value])),
      byName: new Map(values.map((value) => [value.name, value])),
    };
  }

  #fillUnion(type: FlatEnum, table: TablePlace): void {
    if (!this.#flag(table, ENUM.isUnion)) return;
    for (const value of this.#tables(table, ENUM.values)) {
      const member = type.byName.get(this.#text(value, ENUM_VALUE.name))!;
      const memberType = this.#table(value, ENUM_VALUE.unionType);
      // Value 0 means that there is no member.
      if (memberType === undefined || member.value === 0n) continue;
      const { base, object, enum: none } = this.#type(memberType);
      member.member = { base, object, enum: none };
    }
  }

  #tables(table: TablePlace, id: number): TablePlace[] {
    const bytes = this.#bytes;
    const at = bytes.field(table, id, 4);
    if (at === undefined) return [];
    const vector = bytes.follow(at);
    const length = bytes.vectorLength(vector, 4);
    return Array.from({ length }, (_, index) => bytes.table(bytes.follow(vector + 4 + 4 * index)));
  }

  #table(table: TablePlace, id: number): TablePlace | undefined {
    const at = this.#bytes.field(table, id, 4);
    return at === undefined ? undefined : this.#bytes.table(this.#bytes.follow(at));
  }

  #text(table: TablePlace, id: number): string {
    const at = this.#bytes.field(table, id, 4);
    return at === undefined ? "" : this.#bytes.string(this.#bytes.follow(at));
  }

  #flag(table: TablePlace, id: number): boolean {
    const at = this.#bytes.field(table, id, 1);
    return at !== undefined && this.#bytes.uint8(at) !== 0;
  }

  #integer(table: TablePlace, id: number, base: number, absent: number): number {
    const at = this.#bytes.field(table, id, 1);
    return at === undefined ? absent : Number(this.#bytes.scalar(base, at));
  }

  #long(table: TablePlace, id: number): number | bigint {
    const at = this.#bytes.field(table, id, 8);
    return at === undefined ? 0 : this.#bytes.scalar(Base.int64, at);
  }
}

/**
 * flatc omits the attribute `bit_flags` unless it is run with `--bfbs-builtins`. An enum whose values are all powers of two is therefore
 * taken for flags: if it is not, sums of its values do not occur.
 */
function areFlags(values: readonly FlatEnumValue[]): boolean {
  return values.every(({ value }) => value > 0n && (value & (value - 1n)) === 0n);
}
