/** A column as the catalog describes it. */
export interface Column {
  readonly name: string;
  /** As SQL spells it, with its modifiers: `numeric(39,0)`. */
  readonly type: string;
  readonly kind: ColumnKind;
  /** Filled by the server where a row does not say it. */
  readonly hasDefault: boolean;
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
  | "time"
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
  timestamp: "time",
  timestamptz: "time",
  date: "time",
  time: "time",
  timetz: "time",
};

/** The kind of a type by its name in the catalog (`pg_type.typname`). */
export function kindOf(typeName: string): ColumnKind {
  return Object.hasOwn(KINDS, typeName) ? KINDS[typeName]! : "other";
}
