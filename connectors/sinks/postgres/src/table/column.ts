/** A column as the catalog describes it. */
export interface Column {
  readonly name: string;
  /** As SQL spells it, with its modifiers: `numeric(39,0)`. */
  readonly type: string;
  readonly kind: ColumnKind;
  /** Of an array: what its elements are. */
  readonly element?: { readonly kind: ColumnKind; readonly type: string };
  /** The type without modifiers and domains, by its full name: a cast to it never cuts a value, as one to `varchar(3)` would. */
  readonly castType: string;
  /** Whether somebody made a cast from `text` to the type, which may read a text in another way than the input of the type does. */
  readonly hasOwnCast: boolean;
  /** Filled by the server where a row does not say it. */
  readonly hasDefault: boolean;
  /** The default as an expression; absent: there is none, or only the server can fill it (an identity, the column of a view). */
  readonly defaultSql?: string;
  readonly notNull: boolean;
}

/** How values are checked and written. */
export type ColumnKind =
  | "smallint"
  | "integer"
  | "bigint"
  | "numeric"
  | "float"
  | "boolean"
  | "text"
  | "json"
  | "bytea"
  | "timestamptz"
  | "timestamp"
  | "date"
  | "time"
  | "timetz"
  | "array"
  | "hstore"
  | "other";

const KINDS: Readonly<Record<string, ColumnKind>> = {
  int2: "smallint",
  int4: "integer",
  int8: "bigint",
  numeric: "numeric",
  float4: "float",
  float8: "float",
  bool: "boolean",
  text: "text",
  varchar: "text",
  bpchar: "text",
  citext: "text",
  json: "json",
  jsonb: "json",
  bytea: "bytea",
  timestamp: "timestamp",
  timestamptz: "timestamptz",
  date: "date",
  time: "time",
  timetz: "timetz",
  hstore: "hstore",
};

/** The kind of a type by its name in the catalog (`pg_type.typname`). */
export function kindOf(typeName: string): ColumnKind {
  return Object.hasOwn(KINDS, typeName) ? KINDS[typeName]! : "other";
}
