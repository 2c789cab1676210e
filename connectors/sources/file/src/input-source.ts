import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import {
  type ConnectorContext,
  FatalError,
  type PollContext,
  type ProducedBatch,
  type Source,
} from "@iggy-connectors/sdk";
import { type FileSourceConfig, type LineSchema, lineSchema } from "./config.ts";
import { LineMetrics } from "./line-metrics.ts";
import { type LineRules, scanLines } from "./line-scanner.ts";
import { asInputPosition, type FileSourceState, type InputPosition } from "./position.ts";

const LINE_FEED = 10;

type Batch = ProducedBatch<FileSourceState>;
const NOTHING: Batch = { messages: [] };

/**
 * Reads lines from the standard input. It cannot be read again, so what is not committed stays in memory: at most the
 * lines of one chunk and one unfinished line.
 */
export class InputSource implements Source<FileSourceState> {
  readonly #open: () => Readable;
  readonly #context: ConnectorContext;
  readonly #rules: LineRules;
  readonly #metrics: LineMetrics;
  readonly #schema: LineSchema;
  readonly #run = randomUUID();
  readonly #idBase: bigint;
  #stream: Readable | undefined;
  #chunks: AsyncIterator<Buffer> | undefined;
  #reading: Promise<IteratorResult<Buffer>> | undefined;
  /** Bytes from `#base` on that are not committed. */
  #bytes: Buffer = Buffer.alloc(0);
  #base = 0;
  #ended = false;
  #failure: FatalError | undefined;

  constructor(config: FileSourceConfig, context: ConnectorContext, open: () => Readable) {
    this.#open = open;
    this.#context = context;
    this.#rules = {
      maxLineBytes: config.max_line_bytes,
      longLines: config.long_lines,
      keepCarriageReturn: config.keep_carriage_return,
      skipNul: false,
      headerPath: config.include_headers ? config.path : undefined,
    };
    this.#metrics = new LineMetrics(context.metrics);
    this.#schema = lineSchema(config);
    this.#idBase = (BigInt(`0x${this.#run.replaceAll("-", "")}`) >> 64n) << 64n;
  }

  async open(): Promise<void> {
    this.#stream = this.#open();
    this.#chunks = this.#stream[Symbol.asyncIterator]();
  }

  async poll(context: PollContext<FileSourceState>): Promise<Batch> {
    const committed = asInputPosition(context.checkpoint);
    const position = this.#forget(committed?.run === this.#run ? committed : undefined);
    for (;;) {
      const window = { bytes: this.#bytes, offset: this.#base, final: this.#ended, idBase: this.#idBase };
      const result = scanLines(window, position, this.#rules, context);
      if (result.next.offset > position.offset) {
        this.#metrics.scanned(result, this.#context.logger, "standard input");
        this.#metrics.position(result.next.offset, this.#base + this.#bytes.length);
        const checkpoint = { run: this.#run, ...result.next };
        return { messages: result.messages, checkpoint, more: true, ...this.#schema };
      }
      if (this.#ended) return { messages: [], completed: true };
      if (!(await this.#readOn(context.signal))) return NOTHING;
    }
  }

  async close(): Promise<void> {
    this.#stream?.destroy();
  }

  /** Drops what is committed and says where to read on. What was dropped cannot be read again. */
  #forget(committed: InputPosition | undefined): InputPosition {
    if (committed === undefined || committed.offset < this.#base) {
      return { run: this.#run, offset: this.#base, line: 0, piece: 0 };
    }
    this.#bytes = this.#bytes.subarray(committed.offset - this.#base);
    this.#base = committed.offset;
    return committed;
  }

  /** Reads until there is a line, an over-long one or the end. False: aborted; nothing of what was read is lost. */
  async #readOn(signal: AbortSignal): Promise<boolean> {
    const chunks = [this.#bytes];
    let length = this.#bytes.length;
    try {
      while (length <= this.#rules.maxLineBytes) {
        const chunk = await this.#nextChunk(signal);
        if (chunk === "aborted") return false;
        if (chunk === "end") {
          this.#ended = true;
          return true;
        }
        chunks.push(chunk);
        length += chunk.length;
        if (chunk.includes(LINE_FEED)) return true;
      }
      return true;
    } finally {
      this.#bytes = Buffer.concat(chunks, length);
    }
  }

  async #nextChunk(signal: AbortSignal): Promise<Buffer | "end" | "aborted"> {
    if (this.#failure !== undefined) throw this.#failure;
    const { promise: aborted, resolve } = Promise.withResolvers<"aborted">();
    const abort = () => resolve("aborted");
    if (signal.aborted) return "aborted";
    signal.addEventListener("abort", abort, { once: true });
    try {
      // A read outlives an aborted poll: the next one takes its chunk.
      this.#reading ??= this.#read();
      const first = await Promise.race([this.#reading, aborted]);
      if (first === "aborted") return first;
      this.#reading = undefined;
      return first.done === true ? "end" : first.value;
    } catch (cause) {
      // After an error the stream would look ended, and the connector complete.
      this.#failure = new FatalError(`cannot read standard input: ${String(cause)}`, {
        code: "IGC_SOURCE_FILE_INPUT",
        place: "path",
        fix: "restart the process with a standard input, or set path to a file",
        cause,
      });
      throw this.#failure;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  #read(): Promise<IteratorResult<Buffer>> {
    if (this.#chunks === undefined) throw new Error("poll() before open()");
    return this.#chunks.next();
  }
}
