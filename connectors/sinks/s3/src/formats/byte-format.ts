import { FatalError, type MessageBatch, type OutputBuffer, RejectedError } from "@iggy-connectors/sdk";
import type { S3SinkConfig } from "../config.ts";
import { BufferPool } from "./buffer-pool.ts";
import { COMPRESSION_EXTENSIONS, compress, type FileCompression } from "./compression.ts";
import type { Draft, Format } from "./format.ts";
import { RecordWriter, writeByte } from "./record-writer.ts";

const LINE_FEED = 10;
const LENGTH_BYTES = 4;

/** How messages stand in a file: what is before all, between two, after all, and how one is written. */
interface Layout {
  readonly extension: string;
  readonly contentType: string;
  readonly begin: string;
  readonly separator: string;
  readonly end: string;
  write(batch: MessageBatch, index: number, output: OutputBuffer): void;
}

/** All formats but Parquet: messages one behind the other. */
export function byteFormat(config: S3SinkConfig): Format {
  const layout = layoutOf(config);
  const pool = new BufferPool();
  const compression = config.compression === "gzip" || config.compression === "zstd" ? config.compression : "none";
  return {
    extension: layout.extension + COMPRESSION_EXTENSIONS[compression],
    contentType: compression === "none" ? layout.contentType : `application/${compression}`,
    begin: () => new ByteDraft(layout, compression, pool),
    checkSchema(batch) {
      if (
        config.output_format !== "text" ||
        batch.schema === "json" ||
        batch.schema === "text" ||
        batch.schema === "raw"
      )
        return;
      throw new FatalError(
        `output_format "text" requires schema "text", "json" or "raw", but ${batch.stream}/${batch.topic} has "${batch.schema}"`,
        {
          code: "IGC_SINK_S3_FORMAT",
          place: "output_format",
          fix: 'set output_format = "json_lines"',
        },
      );
    },
  };
}

function layoutOf(config: S3SinkConfig): Layout {
  const records = new RecordWriter(config);
  const write = records.write.bind(records);
  switch (config.output_format) {
    case "json_array":
      return { extension: ".json", contentType: "application/json", begin: "[", separator: ",", end: "]", write };
    case "text":
      return { extension: ".txt", contentType: "text/plain", begin: "", separator: "", end: "", write: writeLine };
    case "raw":
      return {
        extension: ".bin",
        contentType: "application/octet-stream",
        begin: "",
        separator: "",
        end: "",
        write: config.raw_framing === "length_prefix" ? writeFramed : writeBare,
      };
    default:
      return {
        extension: ".jsonl",
        contentType: "application/x-ndjson",
        begin: "",
        separator: "",
        end: "",
        write(batch, index, output) {
          records.write(batch, index, output);
          writeByte(LINE_FEED, output);
        },
      };
  }
}

function writeBare(batch: MessageBatch, index: number, output: OutputBuffer): void {
  output.writeBytes(batch.payload(index));
}

function writeFramed(batch: MessageBatch, index: number, output: OutputBuffer): void {
  const payload = batch.payload(index);
  output.reserve(LENGTH_BYTES);
  output.position = output.bytes.writeUInt32BE(payload.length, output.position);
  output.writeBytes(payload);
}

/** Invariant 6: a payload that would look like several messages is refused alone; JSON has its line feeds between tokens. */
function writeLine(batch: MessageBatch, index: number, output: OutputBuffer): void {
  const payload = batch.payload(index);
  if (payload.includes(LINE_FEED)) {
    if (batch.schema !== "json") throw lineBreak(batch.offset(index));
    output.writeBytes(batch.slice(index, index + 1).toLines());
    return;
  }
  output.writeBytes(payload);
  writeByte(LINE_FEED, output);
}

function lineBreak(offset: bigint): RejectedError {
  return new RejectedError(
    `the payload at offset ${offset} contains a line feed and would look like several messages`,
    {
      code: "IGC_SINK_LINE_BREAK",
      place: `offset ${offset}`,
      fix: 'use output_format = "json_lines", or "raw" with raw_framing = "length_prefix"',
    },
  );
}

class ByteDraft implements Draft {
  readonly #layout: Layout;
  readonly #compression: FileCompression;
  readonly #pool: BufferPool;
  readonly #output: OutputBuffer;
  /** Where each message ends in the output. */
  #ends: number[] = [];
  /** Where the first message begins. */
  #start: number;

  constructor(layout: Layout, compression: FileCompression, pool: BufferPool) {
    this.#layout = layout;
    this.#compression = compression;
    this.#pool = pool;
    this.#output = pool.take();
    this.#output.writeText(layout.begin);
    this.#start = this.#output.position;
  }

  get size(): number {
    return this.#output.position - this.#start;
  }

  add(batch: MessageBatch, index: number): void {
    const output = this.#output;
    const before = output.position;
    try {
      if (this.#layout.separator !== "" && this.#ends.length > 0) output.writeText(this.#layout.separator);
      this.#layout.write(batch, index, output);
    } catch (error) {
      output.position = before;
      throw error;
    }
    this.#ends.push(output.position);
  }

  dropFirst(count: number): void {
    if (count === 0) return;
    this.#start = Math.min((this.#ends[count - 1] as number) + this.#layout.separator.length, this.#output.position);
    this.#ends = this.#ends.slice(count);
  }

  async encode(): Promise<Uint8Array> {
    const { begin, end } = this.#layout;
    const output = this.#output;
    const last = output.position;
    // What stood before the first message may have been dropped: there is room for the begin again.
    const from = this.#start - begin.length;
    output.bytes.write(begin, from);
    output.writeText(end);
    const bytes = output.bytes.subarray(from, output.position);
    output.position = last;
    return compress(bytes, this.#compression);
  }
  release(): void {
    this.#pool.give(this.#output);
  }
}
