import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  CARRYING_SINKS,
  type LogicalType,
  REFUSED,
  STORED_VALUES,
  storedValues,
  VALUE_CASES,
  type ValueCase,
} from "../../packages/test-support/src/index.ts";
import { alignTable } from "./align-table.ts";

export const VALUES_PAGE = fileURLToPath(new URL("../../docs/reference/values.md", import.meta.url));

/** Longer values are cut. */
const MAX_SHOWN = 44;

const TITLES: Readonly<Record<LogicalType, string>> = {
  bool: "Booleans",
  int32: "Integers of 32 bits",
  int64: "Integers of 64 bits",
  uint64: "Unsigned integers of 64 bits",
  integer: "Integers beyond 64 bits",
  decimal: "Decimals",
  float32: "Floats of 32 bits",
  float64: "Floats of 64 bits",
  not_finite: "NaN and infinities",
  string: "Strings",
  bytes: "Bytes",
  date: "Dates",
  time: "Times of day",
  timestamp: "Timestamps",
  local_timestamp: "Dates and times without a zone",
  duration: "Durations",
  uuid: "UUIDs",
  enum: "Enums",
  array: "Arrays",
  map: "Maps",
  object: "Nested objects",
  null: "Null",
  missing: "Missing fields",
};

const INTRODUCTION = `# Values

Made by \`npm run reference\` from the cases that the tests of codecs and sinks run: each payload is decoded, delivered and read back from
the target.

A value is carried, not converted: numbers keep the digits that they were written with, integers have any length, times are text or exact
counts. What a target cannot hold is refused for that message alone, with field and reason, and dead-lettered as \`on_error\` says.

- **Delivered** is the JSON of the value: what a sink that writes JSON writes, be it a line, a document or a body. A message that no transform changed is delivered with its own bytes where its stream is \`json\`, \`text\` or
  \`raw\`. A plugin gets integers beyond 2^53 as \`bigint\`.
- Floats of 32 bits are the shortest decimal that is that float, in each codec. NaN and the infinities, which JSON does not have, are
  \`"NaN"\`, \`"Infinity"\` and \`"-Infinity"\` in each codec, read and written; with \`avro_logical = "raw"\` they are refused, as in the original.
- Bytes are base64 (standard alphabet, with padding). With \`avro_logical = "raw"\`, and in vectors of FlatBuffers, they are arrays of numbers, as in the
  original and as \`flatc\` writes them. Columns of bytes take both forms.
- Times of Avro (with \`avro_logical = "logical"\`) and protobuf are RFC 3339 in UTC, or without a zone where they have none, of the years 0 to 9999
  (protobuf: from 1 on), exact to the nanosecond.
- A field that protobuf does not encode because it is zero is missing; \`proto_emit_defaults\` fills it in.

Where a cell of a target is empty, the value was not put into such a column. \`NULL\` is the target's null. PostgreSQL's columns \`jsonb\` and \`text\` take every value,
\`text\` all but strings as JSON; \`bytea\` is shown with \`bytes_encoding = "base64"\`. Parquet is what the S3 sink writes.
`;

/** The page of docs/reference that says what becomes of every type in every codec and target. */
export function valuesPage(): string {
  const sections = Object.entries(TITLES).map(([type, title]) => section(type as LogicalType, title));
  return `${INTRODUCTION}\n${carried()}\n${sections.join("\n")}`;
}

/** The sinks that store what is delivered. */
function carried(): string {
  const header = ["Sink", "Written as", "With metadata"];
  const rows = CARRYING_SINKS.map(({ sink, formats, metadata }) => [
    `[${sink}](../../connectors/sinks/${sink})`,
    formats.map((format) => `\`${format}\``).join(", "),
    metadata === true ? "the same text beside it" : "has none",
  ]);
  const lines = [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`);
  return `## Sinks that write what is delivered\n\nThese sinks store the text of **Delivered** of every object below, character by character, for each codec.\n\n${alignTable(lines.join(""))}`;
}

export function currentValuesPage(): string {
  return readFileSync(VALUES_PAGE, "utf8");
}

function section(type: LogicalType, title: string): string {
  const cases = VALUE_CASES.filter((row) => row.type === type);
  const columns = STORED_VALUES.filter(({ types }) => types.includes(type)).map((stored) => ({
    title: `${stored.target} \`${stored.column}\``,
    values: new Map(storedValues(stored).map(([{ name }, text]) => [name, text])),
  }));
  const header = ["Value", "Settings", "Delivered", ...columns.map((column) => column.title)];
  const rows = cases.map((row) => [
    row.name,
    settings(row),
    row.json === undefined ? whole(row) : code(row.json),
    ...columns.map(({ values }) => stored(values.get(row.name))),
  ]);
  const lines = [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`);
  return `## ${title}\n\n${alignTable(lines.join(""))}`;
}

/** The keys that matter: not the schema itself. */
function settings({ keys }: ValueCase): string {
  return Object.entries(keys)
    .filter(([key]) => !/schema|root_type|message_type/.test(key))
    .map(([key, value]) => code(`${key} = ${JSON.stringify(value)}`))
    .join(", ");
}

function whole({ codec, value }: ValueCase): string {
  if (codec === "text") return value === "" ? "nothing" : `the text ${code(String(value))}`;
  const bytes = value as Uint8Array;
  return bytes.length === 0 ? "nothing" : `the bytes ${code(Buffer.from(bytes).toString("hex"))}`;
}

function stored(text: string | null | undefined): string {
  if (text === undefined) return "";
  if (text === null) return "NULL";
  if (text === REFUSED) return "refused";
  return text === "" ? "the empty string" : code(text);
}

function code(text: string): string {
  const characters = [...text];
  const cut = characters.length > MAX_SHOWN ? `${characters.slice(0, MAX_SHOWN).join("")}…` : text;
  return `\`${cut.replaceAll("|", "\\|")}\``;
}
