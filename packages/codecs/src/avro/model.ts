/** A logical type, with its attributes. */
export type AvroLogical =
  | { readonly name: "decimal"; readonly precision: number; readonly scale: number }
  | { readonly name: "uuid" | "duration" | "date" }
  | { readonly name: "time"; readonly digits: 3 | 6 }
  | { readonly name: "timestamp" | "local-timestamp"; readonly digits: 3 | 6 | 9 };

export type AvroType =
  | AvroPrimitive
  | AvroFixed
  | AvroEnum
  | AvroRecord
  | { readonly kind: "array"; readonly items: AvroType }
  | { readonly kind: "map"; readonly values: AvroType }
  | { readonly kind: "union"; readonly branches: readonly AvroType[] };

export interface AvroPrimitive {
  readonly kind: "null" | "boolean" | "int" | "long" | "float" | "double" | "bytes" | "string";
  readonly logical?: AvroLogical | undefined;
}

interface Named {
  /** Full name. */
  readonly name: string;
  /** Full names. */
  readonly aliases: readonly string[];
}

interface AvroFixed extends Named {
  readonly kind: "fixed";
  readonly size: number;
  readonly logical?: AvroLogical | undefined;
}

interface AvroEnum extends Named {
  readonly kind: "enum";
  readonly symbols: readonly string[];
  /** The default: what a reader takes for symbols that it does not know. */
  readonly fallback: string | undefined;
}

export interface AvroRecord extends Named {
  readonly kind: "record";
  /** Filled after the record is known by name: it may contain itself. */
  readonly fields: AvroField[];
}

export interface AvroField {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: AvroType;
  /** As JSON, bytes as strings of code points below 256; absent: the field has no default. */
  readonly default?: { readonly value: unknown };
}

/** The form of data as values. */
export interface AvroForm {
  /** Logical types as strings and bytes in base64, instead of the encoded numbers. */
  readonly logical: boolean;
  /** The value of a union is an object whose only key is the name of the branch. */
  readonly taggedUnions: boolean;
  /** Integers beyond 2⁵³: exact numbers, or decimal strings. */
  readonly int64As: "string" | "number";
}

/** Values nested deeper are refused. */
export const MAX_DEPTH = 200;

/** The name of a branch of a union: its full name, or its kind. */
export function branchName(type: AvroType): string {
  return "name" in type ? type.name : type.kind;
}
