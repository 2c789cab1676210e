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

/** Messages that protobuf's JSON mapping writes in a form of their own. */
export type WellKnown = "any" | "timestamp" | "duration" | "field_mask" | "struct" | "value" | "list_value" | "wrapper";

export interface EnumPlan {
  readonly name: string;
  readonly byNumber: ReadonlyMap<number, string>;
  readonly byName: ReadonlyMap<string, number>;
  /** `google.protobuf.NullValue`, which is `null` in JSON. */
  readonly isNull: boolean;
}

/** What one value of a field is: exactly one of the three. */
export interface ValuePlan {
  readonly scalar: ScalarType | undefined;
  readonly enum: EnumPlan | undefined;
  readonly message: MessagePlan | undefined;
}

export interface FieldPlan extends ValuePlan {
  readonly number: number;
  /** Its name in the values that are read. */
  readonly key: string;
  /** Its other spelling (of the file, or of protobuf's JSON), which values to be written may use. */
  readonly otherKey: string | undefined;
  readonly repeated: boolean;
  /** Written packed; both forms are read. */
  readonly packed: boolean;
  /** Maps: the type of the keys. */
  readonly mapKey: ScalarType | undefined;
  /** Absent and zero differ. */
  readonly hasPresence: boolean;
  readonly required: boolean;
  /** The keys of the other members of its oneof. */
  readonly rivals: readonly string[];
  /** What an absent field counts as, where `proto_emit_defaults` prints it. */
  readonly defaultValue: unknown;
}

/** A message type, compiled: what reading and writing need, and nothing to be looked up by name on the way. */
export interface MessagePlan {
  /** Full name, without a leading dot. */
  readonly name: string;
  readonly wellKnown: WellKnown | undefined;
  /** In the order of their numbers. */
  readonly fields: readonly FieldPlan[];
  readonly byNumber: ReadonlyMap<number, FieldPlan>;
  /** By the names that values may use: the one of the `.proto` file, and the one of protobuf's JSON. */
  readonly byName: ReadonlyMap<string, FieldPlan>;
  readonly required: readonly FieldPlan[];
  readonly hasOneofs: boolean;
}

/** How messages appear as values. */
export interface MessageForm {
  readonly jsonNames: boolean;
  readonly enumNumbers: boolean;
  readonly emitDefaults: boolean;
  readonly int64As: "string" | "number";
  readonly preserveUnknownFields: boolean;
}

/** The message types of one schema in one form, compiled when they are first asked for. */
export interface MessageTypes {
  readonly form: MessageForm;
  /** Full names of all message types. */
  readonly names: readonly string[];
  /** The type of a full name; undefined: the schema has none. */
  find(name: string): MessagePlan | undefined;
}

/** Deeper messages are refused: the limit of protobuf's own parsers. */
export const MAX_DEPTH = 100;
