import { gzipSync, zstdCompressSync } from "node:zlib";
import { FatalError, type MessageBatch, type Schema, stringifyJson } from "@iggy-connectors/sdk";
import type { SchemaElement } from "hyparquet";
import type { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { Column, S3SinkConfig } from "../config.ts";
import { type Cell, rowReader } from "./column-values.ts";
import type { Draft, Format } from "./format.ts";
import { headersJson } from "./record-writer.ts";

type Library = typeof import("hyparquet-writer");
type PhysicalType = Omit<SchemaElement, "name" | "repetition_type">;

const ROWS_PER_GROUP = 100_000;
/** What a cell of another kind than text or bytes counts towards the size. */
const CELL_BYTES = 8;
const DECIMAL_BYTES = 16;

const CODECS = { none: "UNCOMPRESSED", snappy: "SNAPPY", gzip: "GZIP", zstd: "ZSTD" } as const;
const TYPES: Readonly<Record<Column["type"], PhysicalType>> = {
  boolean: { type: "BOOLEAN" },
  int32: { type: "INT32" },
  int64: { type: "INT64" },
  float: { type: "FLOAT" },
  double: { type: "DOUBLE" },
  string: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  json: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  date: { type: "INT32", converted_type: "DATE" },
  timestamp: { type: "INT64", converted_type: "TIMESTAMP_MICROS" },
  timestamp_nanos: { type: "INT64", logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "NANOS" } },
  // As many bytes as 38 digits need; its own precision and scale come with the column.
  decimal: { type: "FIXED_LEN_BYTE_ARRAY", type_length: DECIMAL_BYTES, converted_type: "DECIMAL" },
  binary: { type: "BYTE_ARRAY" },
};

interface ColumnPlan extends Pick<Column, "name" | "type" | "required"> {
  readonly precision?: number;
  readonly scale?: number;
  /** Payloads: statistics and dictionaries are useless for them. */
  readonly opaque?: boolean;
}

/** A column of metadata or of the whole payload. */
interface FixedColumn extends ColumnPlan {
  read(batch: MessageBatch, index: number): Cell;
}

/** The columns of a file, and how a message becomes a row. */
interface Plan {
  readonly columns: readonly ColumnPlan[];
  read(batch: MessageBatch, index: number, row: Cell[]): void;
}

/** Rows of Parquet: metadata, headers and either the declared columns or the whole payload. */
export async function parquetFormat(config: S3SinkConfig): Promise<Format> {
  const library = await import("hyparquet-writer");
  return {
    extension: ".parquet",
    contentType: "application/vnd.apache.parquet",
    begin: () => new ParquetDraft(library, config),
    checkSchema(batch) {
      if (config.columns.length === 0 || (batch.schema !== "raw" && batch.schema !== "text")) return;
      throw new FatalError(
        `columns require messages with fields, but ${batch.stream}/${batch.topic} has schema "${batch.schema}"`,
        {
          code: "IGC_SINK_S3_FORMAT",
          place: "columns",
          fix: 'set the stream\'s schema to "json", or remove columns to write the payload as one column',
        },
      );
    },
  };
}

function planOf(config: S3SinkConfig, schema: Schema): Plan {
  const metadata: FixedColumn[] = [
    { name: "offset", type: "int64", required: true, read: (batch, index) => BigInt.asIntN(64, batch.offset(index)) },
    { name: "timestamp", type: "timestamp", required: true, read: (batch, index) => BigInt(batch.timestamp(index)) },
    { name: "stream", type: "string", required: true, read: ({ stream }) => stream },
    { name: "topic", type: "string", required: true, read: ({ topic }) => topic },
    { name: "partition_id", type: "int64", required: true, read: ({ partition }) => BigInt(partition) },
  ];
  const headers: FixedColumn = { name: "headers", type: "json", required: false, read: headersCell };
  const fixed = [...(config.include_metadata ? metadata : []), ...(config.include_headers ? [headers] : [])];
  if (config.columns.length === 0) fixed.push(payloadColumn(schema));
  const fields = config.columns.length === 0 ? undefined : rowReader(config.columns);
  return {
    columns: [...fixed, ...config.columns],
    read(batch, index, row) {
      for (let at = 0; at < fixed.length; at++) row[at] = (fixed[at] as FixedColumn).read(batch, index);
      fields?.(batch, index, row, fixed.length);
    },
  };
}

function headersCell(batch: MessageBatch, index: number): Cell {
  const { headers } = batch.at(index);
  return headers.size === 0 ? undefined : headersJson(headers);
}

/** The batch's memory is used again after a flush: what stays in the draft is a copy. */
function payloadColumn(schema: Schema): FixedColumn {
  const copy = (batch: MessageBatch, index: number): Uint8Array => Buffer.from(batch.payload(index));
  const common = { name: "payload", required: true, opaque: true } as const;
  if (schema === "raw") return { ...common, type: "binary", read: copy };
  if (schema === "json" || schema === "text") return { ...common, type: "string", read: copy };
  return { ...common, type: "string", read: (batch, index) => decodedText(batch.at(index).value) };
}

function decodedText(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : stringifyJson(value);
}

function schemaElement({ name, type, required, precision, scale }: ColumnPlan): SchemaElement {
  return {
    name,
    ...TYPES[type],
    ...(type === "decimal" ? { precision: precision as number, scale: scale as number } : {}),
    repetition_type: required ? "REQUIRED" : "OPTIONAL",
  };
}

class ParquetDraft implements Draft {
  readonly #library: Library;
  readonly #config: S3SinkConfig;
  #plan: Plan | undefined;
  #cells: Cell[][] = [];
  readonly #row: Cell[] = [];
  size = 0;

  constructor(library: Library, config: S3SinkConfig) {
    this.#library = library;
    this.#config = config;
  }

  add(batch: MessageBatch, index: number): void {
    if (this.#plan === undefined) {
      this.#plan = planOf(this.#config, batch.schema);
      this.#cells = this.#plan.columns.map(() => []);
    }
    const row = this.#row;
    this.#plan.read(batch, index, row);
    for (let at = 0; at < row.length; at++) {
      const cell = row[at];
      (this.#cells[at] as Cell[]).push(cell);
      this.size += typeof cell === "string" || cell instanceof Uint8Array ? cell.length : CELL_BYTES;
    }
  }

  dropFirst(count: number): void {
    this.#cells = this.#cells.map((cells) => cells.slice(count));
  }

  async encode(): Promise<Uint8Array> {
    const writer: ByteWriter = new this.#library.ByteWriter(this.size + 4096);
    const columns = this.#plan?.columns ?? [];
    const parquet: ParquetWriter = new this.#library.ParquetWriter({
      writer,
      schema: [{ name: "root", num_children: columns.length }, ...columns.map(schemaElement)],
      codec: CODECS[this.#config.compression ?? "snappy"],
      compressors: { GZIP: (bytes) => gzipSync(bytes), ZSTD: (bytes) => zstdCompressSync(bytes) },
      createdBy: "iggy-connectors",
    });
    parquet.write({
      rowGroupSize: ROWS_PER_GROUP,
      columnData: columns.map(({ name, opaque = false }, at) => ({
        name,
        data: this.#cells[at] as Cell[],
        ...(opaque ? { encoding: "PLAIN" as const, statistics: false } : {}),
      })),
    });
    parquet.finish();
    return writer.getBytes();
  }
  release(): void {
    this.#cells = [];
  }
}
