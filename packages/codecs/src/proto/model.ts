/** The scalar types of protobuf, as its language spells them. */
export type ScalarType =
  | "double"
  | "float"
  | "int32"
  | "int64"
  | "uint32"
  | "uint64"
  | "sint32"
  | "sint64"
  | "fixed32"
  | "fixed64"
  | "sfixed32"
  | "sfixed64"
  | "bool"
  | "string"
  | "bytes";

/** Message types that have their own form in protobuf's JSON mapping. */
export type WellKnown = "any" | "timestamp" | "duration" | "field_mask" | "struct" | "value" | "list_value" | "wrapper";

export interface EnumPlan {
  readonly name: string;
  readonly byNumber: ReadonlyMap<number, string>;
  readonly byName: ReadonlyMap<string, number>;
  /** `google.protobuf.NullValue`, which is `null` in JSON. */
  readonly isNull: boolean;
}

/** The type of one value of a field: exactly one of the three. */
export interface ValuePlan {
  readonly scalar: ScalarType | undefined;
  readonly enum: EnumPlan | undefined;
  readonly message: MessagePlan | undefined;
}

export interface FieldPlan extends ValuePlan {
  readonly number: number;
  /** What is written before a value, before all of them in packed form, before an entry of a map. */
  readonly tag: number;
  /** Its name in decoded values. */
  readonly key: string;
  /** Its other name (of the file, or of protobuf's JSON), which is also accepted in values to be encoded. */
  readonly otherKey: string | undefined;
  readonly repeated: boolean;
  /** Written in packed form; both forms are read. */
  readonly packed: boolean;
  /** Maps: type of the keys. */
  readonly mapKey: ScalarType | undefined;
  /** Whether absent and zero differ. */
  readonly hasPresence: boolean;
  readonly required: boolean;
  /** The keys of the other members of its oneof. */
  readonly rivals: readonly string[];
  /** The value of an absent field with `proto_emit_defaults`. */
  readonly defaultValue: unknown;
}

/** A compiled message type: everything that reading and writing need, so that nothing is looked up in the schema. */
export interface MessagePlan {
  /** Full name, without a leading dot. */
  readonly name: string;
  readonly wellKnown: WellKnown | undefined;
  /** In the order of their numbers. */
  readonly fields: readonly FieldPlan[];
  readonly byNumber: ReadonlyMap<number, FieldPlan>;
  /** By both names that values may use: that of the `.proto` file, and that of protobuf's JSON. */
  readonly byName: ReadonlyMap<string, FieldPlan>;
  readonly required: readonly FieldPlan[];
  readonly hasOneofs: boolean;
}

/** The form of messages as values. */
export interface MessageForm {
  readonly jsonNames: boolean;
  readonly enumNumbers: boolean;
  readonly emitDefaults: boolean;
  readonly int64As: "string" | "number";
  readonly preserveUnknownFields: boolean;
}

/** The message types of one schema in one form, compiled on first use. */
export interface MessageTypes {
  readonly form: MessageForm;
  /** Full names of all message types. */
  readonly names: readonly string[];
  /** The type of this full name; undefined if the schema does not have it. */
  find(name: string): MessagePlan | undefined;
}

/** Messages nested deeper are refused: the limit of protobuf's own parsers. */
export const MAX_DEPTH = 100;
