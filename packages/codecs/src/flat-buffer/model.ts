/** The base types of FlatBuffers, with their numbers in its reflection schema. */
export const Base = {
  none: 0,
  unionType: 1,
  bool: 2,
  int8: 3,
  uint8: 4,
  int16: 5,
  uint16: 6,
  int32: 7,
  uint32: 8,
  int64: 9,
  uint64: 10,
  float: 11,
  double: 12,
  string: 13,
  vector: 14,
  object: 15,
  union: 16,
  array: 17,
} as const;

/** Size of a scalar in bytes, by base type; 0 for other types. */
export const SCALAR_SIZES = [0, 1, 1, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8] as const;

/** A value of a type: scalar, string, object or union; in `FlatType` also vectors and arrays of those. */
export interface FlatElement {
  readonly base: number;
  readonly object: FlatObject | undefined;
  /** For scalars that are enums, for unions, and for the type fields of unions. */
  readonly enum: FlatEnum | undefined;
}

export interface FlatType extends FlatElement {
  /** Vectors and arrays. */
  readonly element: FlatElement | undefined;
  /** Arrays. */
  readonly length: number;
}

export interface FlatField {
  readonly name: string;
  readonly id: number;
  /** Structs: offset of the field. */
  readonly offset: number;
  readonly type: FlatType;
  /** Default of a scalar. */
  readonly defaultValue: number | bigint;
  readonly required: boolean;
  /** A scalar that may be absent. */
  readonly optional: boolean;
  /** Unions and vectors of unions: the field with the type of the member. */
  discriminator: FlatField | undefined;
}

/** A table or a struct. */
export interface FlatObject {
  readonly name: string;
  readonly isStruct: boolean;
  /** Structs: size and alignment in bytes. */
  readonly size: number;
  readonly alignment: number;
  /** Without deprecated fields, in the order of their ids. Filled after all objects are known. */
  readonly fields: FlatField[];
  /** Number of ids, including those of deprecated fields. */
  idCount: number;
}

export interface FlatEnum {
  readonly name: string;
  readonly bitFlags: boolean;
  readonly byValue: ReadonlyMap<bigint, FlatEnumValue>;
  readonly byName: ReadonlyMap<string, FlatEnumValue>;
}

export interface FlatEnumValue {
  readonly name: string;
  readonly value: bigint;
  /** Unions: type of the member. Filled after all objects are known. */
  member: FlatElement | undefined;
}

export interface FlatSchema {
  readonly objects: ReadonlyMap<string, FlatObject>;
  readonly root: FlatObject | undefined;
  /** Four characters; undefined: buffers have no identifier. */
  readonly fileIdentifier: string | undefined;
}

/** The form of buffers as values. */
export interface FlatForm {
  readonly emitDefaults: boolean;
  readonly int64As: "string" | "number";
}

/** Values nested deeper are refused: the limit of FlatBuffers' own verifier. */
export const MAX_DEPTH = 64;
