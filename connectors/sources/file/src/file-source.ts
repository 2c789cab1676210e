import { resolve } from "node:path";
import {
  type CheckFinding,
  type CheckResult,
  type ConnectorContext,
  findingOf,
  type PollContext,
  type ProducedBatch,
  pause,
  type Source,
} from "@iggy-connectors/sdk";
import { type FileSourceConfig, type LineSchema, lineSchema } from "./config.ts";
import { fileMissing } from "./errors.ts";
import { FollowedFile } from "./followed-file.ts";
import { LineMetrics } from "./line-metrics.ts";
import { headerPath, type LineRules, scanLines } from "./line-scanner.ts";
import { asFilePosition, type FilePosition, type FileSourceState } from "./position.ts";
import { isFile, RotatedFiles, statPath } from "./rotation.ts";

const CHUNK_BYTES = 1024 * 1024;
const LINE_FEED = 10;

type Batch = ProducedBatch<FileSourceState>;
const NOTHING: Batch = { messages: [] };

/** Bytes of the open file from `offset` on; several polls are served from one read. */
interface Chunk {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** Follows a file of lines through appends, rotation and truncation. Holds one file open at a time. */
export class FileSource implements Source<FileSourceState> {
  readonly #config: FileSourceConfig;
  readonly #context: ConnectorContext;
  readonly #path: string;
  readonly #rules: LineRules;
  readonly #rotated: RotatedFiles;
  readonly #metrics: LineMetrics;
  readonly #schema: LineSchema;
  #file: FollowedFile | undefined;
  #chunk: Chunk | undefined;
  /** Where this source began without a checkpoint: the same again until one is committed. */
  #start: FilePosition | undefined;
  #startAnnounced = false;
  #sawNoFile = false;
  /** Size of a rotated file and since when it has it, milliseconds of the monotonic clock. */
  #settled: { readonly size: number; readonly since: number } | undefined;

  constructor(config: FileSourceConfig, context: ConnectorContext) {
    this.#config = config;
    this.#context = context;
    this.#path = resolve(context.workingDirectory, config.path);
    this.#rules = {
      maxLineBytes: config.max_line_bytes,
      longLines: config.long_lines,
      keepCarriageReturn: config.keep_carriage_return,
      skipNul: true,
      headerPath: config.include_headers ? headerPath(this.#path) : undefined,
    };
    this.#rotated = new RotatedFiles(this.#path, config.rotated);
    this.#metrics = new LineMetrics(context.metrics);
    this.#schema = lineSchema(config);
  }

  async poll(context: PollContext<FileSourceState>): Promise<Batch> {
    const committed = asFilePosition(context.checkpoint);
    if (committed !== undefined) this.#start = undefined;
    else this.#start ??= await this.#startPosition();
    const position = committed ?? this.#start;
    if (position === undefined) return this.#waitForFile(context.signal);
    if (this.#file?.isSameInode(position.identity) !== true) {
      const moved = await this.#reopen(position, context.signal);
      if (moved !== undefined) return moved;
    }
    const file = this.#file as FollowedFile;
    const scanned = await this.#scan(file, position, context, false);
    if (scanned === "rewritten") return this.#rewritten(file, position);
    return scanned === "end" ? this.#atEnd(file, position, context) : scanned;
  }

  async check(): Promise<CheckResult> {
    const findings: CheckFinding[] = [];
    const file = await FollowedFile.open(this.#path);
    if (file === undefined) {
      findings.push(findingOf(fileMissing(this.#path), this.#config.mode === "once" ? "error" : "warning"));
    }
    await file?.close();
    return { findings };
  }

  async close(): Promise<void> {
    await this.#use(undefined);
  }

  async #use(file: FollowedFile | undefined): Promise<void> {
    const previous = this.#file;
    this.#file = file;
    this.#chunk = undefined;
    this.#settled = undefined;
    if (previous !== file) await previous?.close();
  }

  async #startPosition(): Promise<FilePosition | undefined> {
    const file = await FollowedFile.open(this.#path);
    if (file === undefined) return undefined;
    await this.#use(file);
    const atEnd = this.#config.start_at === "end" && !this.#sawNoFile;
    const offset = atEnd ? await this.#lastLineStart(file) : 0;
    return { identity: await file.identity(offset), offset, line: 0, piece: 0, generation: 0 };
  }

  /** Where an unfinished last line begins, so that its rest is not delivered as if it were a line. */
  async #lastLineStart(file: FollowedFile): Promise<number> {
    const size = await file.size();
    const tailStart = Math.max(0, size - this.#config.max_line_bytes);
    const tail = await file.read(tailStart, size - tailStart);
    const lineFeed = tail.lastIndexOf(LINE_FEED);
    if (lineFeed !== -1) return tailStart + lineFeed + 1;
    return tailStart === 0 ? 0 : size;
  }

  async #waitForFile(signal: AbortSignal): Promise<Batch> {
    if (this.#config.mode === "once") throw fileMissing(this.#path);
    if (!this.#sawNoFile) this.#context.logger.info(`${this.#path} does not exist yet: waiting for it`);
    this.#sawNoFile = true;
    return this.#wait(signal);
  }

  /** Opens the file of a position, wherever it is now; otherwise returns where to continue instead. */
  async #reopen(position: FilePosition, signal: AbortSignal): Promise<Batch | undefined> {
    const current = await FollowedFile.open(this.#path);
    if (current?.isSameInode(position.identity) === true) {
      await this.#use(current);
      return undefined;
    }
    const rotated = await this.#rotated.find(position);
    if (rotated !== undefined) {
      await current?.close();
      await this.#use(rotated);
      return undefined;
    }
    const next = (await this.#rotated.findAfter(position)) ?? current;
    if (next === undefined) return this.#waitForFile(signal);
    if (next !== current) await current?.close();
    await this.#reportLost(position);
    await this.#use(next);
    return this.#moveTo(next, position, 0);
  }

  /** The file of the position is gone. What is known of what was not read of it is said and counted. */
  async #reportLost(position: FilePosition): Promise<void> {
    const compressed = await this.#rotated.findCompressed(position);
    const size = compressed?.size ?? position.size;
    const bytes = size === undefined ? undefined : Math.max(0, size - position.offset);
    this.#metrics.lost(bytes ?? 0);
    const where =
      compressed === undefined ? "is gone" : `was compressed to ${compressed.path} before it was read to its end`;
    const lost =
      compressed === undefined
        ? `its content after the checkpoint is lost, ${bytes === undefined ? "of unknown size" : `at least ${bytes} bytes`}`
        : `${bytes} bytes of it were not read`;
    this.#context.logger.warn(`${this.#path} is a different file than before, which ${where}: ${lost}`, {
      offset: position.offset,
      line: position.line,
    });
  }

  /** The file shrank or begins otherwise than before: it was truncated, perhaps after being copied away. */
  async #rewritten(file: FollowedFile, position: FilePosition): Promise<Batch> {
    const copy = await this.#rotated.findCopy(position);
    if (copy !== undefined) {
      this.#context.logger.info(`${this.#path} was copied and truncated: reading the rest from ${copy.path}`);
      await this.#use(copy);
      return this.#moveTo(copy, position, position.offset);
    }
    const lost = Math.max(0, (position.size ?? position.offset) - position.offset);
    this.#metrics.lost(lost);
    this.#context.logger.warn(
      `${file.path} was truncated or rewritten: reading it from its beginning; at least ${lost} bytes were not read`,
      { offset: position.offset, size: await file.size() },
    );
    this.#chunk = undefined;
    return this.#moveTo(file, position, 0);
  }

  /** An empty batch whose checkpoint is where to continue: at the beginning of other content, or in a copy. */
  async #moveTo(file: FollowedFile, from: FilePosition, offset: number): Promise<Batch> {
    const identity = await file.identity(offset);
    const { line, piece } = offset === 0 ? { line: 0, piece: 0 } : from;
    const checkpoint: FilePosition = { identity, offset, line, piece, generation: from.generation + 1 };
    this.#start = checkpoint;
    return { messages: [], checkpoint, more: true };
  }

  /** `final`: the last line is complete as it is. */
  async #scan(
    file: FollowedFile,
    position: FilePosition,
    limits: PollContext<FileSourceState>,
    final: boolean,
  ): Promise<Batch | "end" | "rewritten"> {
    const idBase = await file.idBase(position.generation);
    for (let length = CHUNK_BYTES; ; length *= 2) {
      const chunk = this.#cachedLines(position.offset) ?? (await this.#read(file, position, length));
      if (chunk === undefined) return "rewritten";
      const reachedEnd = chunk.bytes.length < length;
      const window = { bytes: chunk.bytes, offset: chunk.offset, final: final && reachedEnd, idBase };
      const result = scanLines(window, position, this.#rules, limits);
      if (result.next.offset === position.offset) {
        // A line longer than the chunk needs a longer chunk; at the end of the file its rest is not written yet.
        if (reachedEnd) return "end";
        continue;
      }
      this.#settled = undefined;
      this.#metrics.scanned(result, this.#context.logger, this.#path);
      this.#metrics.position(result.next.offset, chunk.offset + chunk.bytes.length);
      const identity = await file.identity(result.next.offset, position.identity);
      const size = chunk.offset + chunk.bytes.length;
      const checkpoint: FilePosition = { identity, ...result.next, generation: position.generation, size };
      return { messages: result.messages, checkpoint, more: result.limited || !reachedEnd, ...this.#schema };
    }
  }

  /** The bytes read before, when at least one whole line of them is left. */
  #cachedLines(offset: number): Chunk | undefined {
    const chunk = this.#chunk;
    if (chunk === undefined || offset < chunk.offset) return undefined;
    return chunk.bytes.indexOf(LINE_FEED, offset - chunk.offset) === -1 ? undefined : chunk;
  }

  /** `undefined`: what was read before is no longer there. */
  async #read(file: FollowedFile, position: FilePosition, length: number): Promise<Chunk | undefined> {
    if (!(await file.stillHolds(position.identity, position.offset))) return undefined;
    this.#chunk = { offset: position.offset, bytes: await file.read(position.offset, length) };
    return this.#chunk;
  }

  async #atEnd(file: FollowedFile, position: FilePosition, context: PollContext<FileSourceState>): Promise<Batch> {
    const size = await file.size();
    this.#metrics.position(position.offset, size);
    const once = this.#config.mode === "once";
    if (once || (await this.#isLeft(file, size))) {
      const rest = await this.#scan(file, position, context, true);
      if (rest !== "end") return rest === "rewritten" ? NOTHING : rest;
      if (once) return { messages: [], completed: true };
      const next = await this.#next(file, position);
      if (next !== undefined) return next;
    }
    if (context.checkpoint === undefined && position.offset > 0) {
      // A start at the end is stored: lines written while the source is stopped must not be missed.
      if (this.#startAnnounced) await this.#wait(context.signal);
      this.#startAnnounced = true;
      return { messages: [], checkpoint: position };
    }
    return this.#wait(context.signal);
  }

  /** The finished file stays open until a checkpoint in the next one is committed: it may be asked for again. */
  async #next(finished: FollowedFile, position: FilePosition): Promise<Batch | undefined> {
    const next = await this.#rotated.findNext(finished);
    if (next === undefined) return undefined;
    try {
      this.#context.logger.info(`${finished.path} is finished: continuing with ${next.path}`);
      return await this.#moveTo(next, position, 0);
    } finally {
      await next.close();
    }
  }

  /** The path is another file now, and this one was not written to for `rotate_wait`. */
  async #isLeft(file: FollowedFile, size: number): Promise<boolean> {
    const stats = await statPath(this.#path);
    if (stats === undefined || isFile(stats, file)) {
      this.#settled = undefined;
      return false;
    }
    const now = performance.now();
    if (this.#settled?.size !== size) this.#settled = { size, since: now };
    return now - this.#settled.since >= this.#config.rotate_wait;
  }

  async #wait(signal: AbortSignal): Promise<Batch> {
    await pause(this.#config.poll_interval, signal);
    return NOTHING;
  }
}
