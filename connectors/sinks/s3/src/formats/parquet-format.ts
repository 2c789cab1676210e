import { gzipSync, zstdCompressSync } from "node:zlib";
import { FatalError, type MessageBatch, type Schema, stringifyJson } from "@iggy-connectors/sdk";
import type { SchemaElement } from "hyparquet";
import type { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { Column, S3SinkConfig } from "../config.ts";
import { type Cell, columnReader } from "./column-values.ts";
import type { Draft, Format } from "./format.ts";
import { headersJson } from "./record-writer.ts";

type Library = typeof import("hyparquet-writer");
type PhysicalType = Pick<SchemaElement, "type" | "converted_type">;

const ROWS_PER_GROUP = 100_000;
/** What a cell of another kind than text or bytes counts towards the size. */
const CELL_BYTES = 8;

const CODECS = { none: "UNCOMPRESSED", snappy: "SNAPPY", gzip: "GZIP", zstd: "ZSTD" } as const;
const TYPES: Readonly<Record<Column["type"] | "binary", PhysicalType>> = {
  boolean: { type: "BOOLEAN" },
  int32: { type: "INT32" },
  int64: { type: "INT64" },
  float: { type: "FLOAT" },
  double: { type: "DOUBLE" },
  string: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  json: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  timestamp: { type: "INT64", converted_type: "TIMESTAMP_MICROS" },
  binary: { type: "BYTE_ARRAY" },
};

interface ColumnPlan {
  readonly name: string;
  readonly type: keyof typeof TYPES;
  readonly required: boolean;
  /** Payloads: statistics and dictionaries are useless for them. */
  readonly opaque?: boolean;
  read(batch: MessageBatch, index: number): Cell | Uint8Array;
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

function columnsOf(config: S3SinkConfig, schema: Schema): ColumnPlan[] {
  const metadata: ColumnPlan[] = [
    { name: "offset", type: "int64", required: true, read: (batch, index) => BigInt.asIntN(64, batch.offset(index)) },
    { name: "timestamp", type: "timestamp", required: true, read: (batch, index) => BigInt(batch.timestamp(index)) },
    { name: "stream", type: "string", required: true, read: ({ stream }) => stream },
    { name: "topic", type: "string", required: true, read: ({ topic }) => topic },
    { name: "partition_id", type: "int64", required: true, read: ({ partition }) => BigInt(partition) },
  ];
  const headers: ColumnPlan = { name: "headers", type: "json", required: false, read: headersCell };
  const payload = config.columns.length === 0 ? [payloadColumn(schema)] : config.columns.map(fieldColumn);
  return [...(config.include_metadata ? metadata : []), ...(config.include_headers ? [headers] : []), ...payload];
}

function headersCell(batch: MessageBatch, index: number): Cell {
  const { headers } = batch.at(index);
  return headers.size === 0 ? undefined : headersJson(headers);
}

function fieldColumn(column: Column): ColumnPlan {
  const read = columnReader(column);
  const { name, type, required } = column;
  return { name, type, required, read: (batch, index) => read(batch.at(index).value, batch.offset(index)) };
}

/** The batch's memory is used again after a flush: what stays in the draft is a copy. */
function payloadColumn(schema: Schema): ColumnPlan {
  const copy = (batch: MessageBatch, index: number): Uint8Array => Buffer.from(batch.payload(index));
  const common = { name: "payload", required: true, opaque: true } as const;
  if (schema === "raw") return { ...common, type: "binary", read: copy };
  if (schema === "json" || schema === "text") return { ...common, type: "string", read: copy };
  return { ...common, type: "string", read: (batch, index) => decodedText(batch.at(index).value) };
}

function decodedText(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : stringifyJson(value);
}

class ParquetDraft implements Draft {
  readonly #library: Library;
  readonly #config: S3SinkConfig;
  #columns: readonly ColumnPlan[] = [];
  #cells: (Cell | Uint8Array)[][] = [];
  readonly #row: (Cell | Uint8Array)[] = [];
  size = 0;

  constructor(library: Library, config: S3SinkConfig) {
    this.#library = library;
    this.#config = config;
  }

  add(batch: MessageBatch, index: number): void {
    if (this.#columns.length === 0) {
      this.#columns = columnsOf(this.#config, batch.schema);
      this.#cells = this.#columns.map(() => []);
    }
    const row = this.#row;
    for (let at = 0; at < this.#columns.length; at++) row[at] = (this.#columns[at] as ColumnPlan).read(batch, index);
    for (let at = 0; at < row.length; at++) {
      const cell = row[at];
      (this.#cells[at] as (Cell | Uint8Array)[]).push(cell);
      this.size += typeof cell === "string" || cell instanceof Uint8Array ? cell.length : CELL_BYTES;
    }
  }

  dropFirst(count: number): void {
    this.#cells = this.#cells.map((cells) => cells.slice(count));
  }

  async encode(): Promise<Uint8Array> {
    const writer: ByteWriter = new this.#library.ByteWriter(this.size + 4096);
    const parquet: ParquetWriter = new this.#library.ParquetWriter({
      writer,
      schema: [
        { name: "root", num_children: this.#columns.length },
        ...this.#columns.map(
          ({ name, type, required }): SchemaElement => ({
            name,
            ...TYPES[type],
            repetition_type: required ? "REQUIRED" : "OPTIONAL",
          }),
        ),
      ],
      codec: CODECS[this.#config.compression ?? "snappy"],
      compressors: { GZIP: (bytes) => gzipSync(bytes), ZSTD: (bytes) => zstdCompressSync(bytes) },
      createdBy: "iggy-connectors",
    });
    parquet.write({
      rowGroupSize: ROWS_PER_GROUP,
      columnData: this.#columns.map(({ name, opaque = false }, at) => ({
        name,
        data: this.#cells[at] as (Cell | Uint8Array)[],
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
