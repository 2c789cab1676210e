/** The base types of FlatBuffers, by the numbers that its reflection gives them. */
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

/** Bytes of a scalar, by base type; 0 for what is no scalar. */
export const SCALAR_SIZES = [0, 1, 1, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8] as const;

/** A value of a type: scalar, string, object or union; in `FlatType` also vectors and arrays of those. */
export interface FlatElement {
  readonly base: number;
  readonly object: FlatObject | undefined;
  /** Scalars that are enums, unions, and the types of unions. */
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
  /** Structs: where the field lies. */
  readonly offset: number;
  readonly type: FlatType;
  /** Of a scalar. */
  readonly defaultValue: number | bigint;
  readonly required: boolean;
  /** A scalar that may be absent. */
  readonly optional: boolean;
  /** Unions and vectors of them: the field that says which member it is. */
  discriminator: FlatField | undefined;
}

/** A table or a struct. */
export interface FlatObject {
  readonly name: string;
  readonly isStruct: boolean;
  /** Structs: bytes and alignment. */
  readonly size: number;
  readonly alignment: number;
  /** Without the deprecated ones, in the order of their ids. Filled after all objects are known. */
  readonly fields: FlatField[];
  /** Number of ids, the deprecated fields' too. */
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
  /** Unions: what the member is. Filled after all objects are known. */
  member: FlatElement | undefined;
}

export interface FlatSchema {
  readonly objects: ReadonlyMap<string, FlatObject>;
  readonly root: FlatObject | undefined;
  /** Four characters; undefined: buffers have none. */
  readonly fileIdentifier: string | undefined;
}

/** How buffers appear as values. */
export interface FlatForm {
  readonly emitDefaults: boolean;
  readonly int64As: "string" | "number";
}

/** Deeper values are refused: the limit of FlatBuffers' own verifier. */
export const MAX_DEPTH = 64;
