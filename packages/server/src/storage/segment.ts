import { unlink } from "node:fs/promises";
import { join } from "node:path";
import { writeCheckpoint } from "./checkpoint.ts";
import { closeFile, hasCode, openFile, syncData, truncateFile, writeFully } from "./file.ts";
import { SparseIndex } from "./sparse-index.ts";

const LOG_SUFFIX = ".log";
const INDEX_SUFFIX = ".index";
const NAME_DIGITS = 20;

/** The base offset in a segment's file name; nothing when the file is no segment. */
export function segmentBaseOffset(fileName: string): number | undefined {
  if (!fileName.endsWith(LOG_SUFFIX)) return undefined;
  const digits = fileName.slice(0, -LOG_SUFFIX.length);
  return /^\d{20}$/.test(digits) ? Number(digits) : undefined;
}

/** One file of a partition's log. It holds whole records only, in offset order, from `baseOffset` on. */
export class Segment {
  readonly baseOffset: number;
  readonly path: string;
  readonly indexPath: string;
  readonly index: SparseIndex;
  /** Bytes that readers may see; what lies behind is being written. */
  size: number;
  /** One past the offset of the last message; the base offset while empty. */
  endOffset: number;
  /** Broker time of the last record, microseconds; 0 while empty. */
  lastTimestamp: number;
  /** Bytes that a checkpoint covers. */
  checkpointed = 0;

  #descriptor: Promise<number> | undefined;
  #users = 0;
  #closed = false;

  constructor(folder: string, baseOffset: number, state?: SegmentState) {
    const name = String(baseOffset).padStart(NAME_DIGITS, "0");
    this.baseOffset = baseOffset;
    this.path = join(folder, name + LOG_SUFFIX);
    this.indexPath = join(folder, name + INDEX_SUFFIX);
    this.index = state?.index ?? new SparseIndex();
    this.size = state?.size ?? 0;
    this.endOffset = state?.endOffset ?? baseOffset;
    this.lastTimestamp = state?.lastTimestamp ?? 0;
    this.checkpointed = state?.checkpointed ?? 0;
  }

  /** Closed or deleted: readers pass it over. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Runs `work` with the open file; a close or delete that comes meanwhile takes effect when it ended. */
  async use<Result>(work: (descriptor: number) => Promise<Result>): Promise<Result> {
    if (this.#closed) throw new Error(`log segment ${this.path} is closed`);
    this.#users++;
    try {
      return await work(await this.#open());
    } finally {
      this.#users--;
      if (this.#closed && this.#users === 0) await this.#closeDescriptor();
    }
  }

  /** Creates the file if it is missing. */
  create(): Promise<void> {
    return this.use(async () => undefined);
  }

  /** Writes records behind the visible ones; the caller publishes them through `size` and `endOffset`. */
  write(buffers: Buffer[], durable: boolean): Promise<void> {
    return this.use(async (descriptor) => {
      await writeFully(descriptor, buffers, this.size);
      if (durable) await syncData(descriptor);
    });
  }

  /** Cuts what a failed write left behind the visible records. */
  discardUnpublished(): Promise<void> {
    return this.use((descriptor) => truncateFile(descriptor, this.size));
  }

  /** Brings everything visible to stable storage and saves the index, so that a start need not scan it. */
  async checkpoint(): Promise<void> {
    if (this.checkpointed === this.size) return;
    const { size, endOffset, lastTimestamp } = this;
    await this.use(syncData);
    await writeCheckpoint(this.indexPath, { covered: size, endOffset, lastTimestamp, index: this.index });
    this.checkpointed = size;
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#users === 0) await this.#closeDescriptor();
  }

  /** Removes the files; a poll that is reading them still ends well. */
  async delete(): Promise<void> {
    await this.close();
    await removeIfPresent(this.path);
    await removeIfPresent(this.indexPath);
  }

  #open(): Promise<number> {
    this.#descriptor ??= openFile(this.path, true).catch((error: unknown) => {
      this.#descriptor = undefined;
      throw error;
    });
    return this.#descriptor;
  }

  async #closeDescriptor(): Promise<void> {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor !== undefined) await closeFile(await descriptor);
  }
}

export interface SegmentState {
  readonly index: SparseIndex;
  readonly size: number;
  readonly endOffset: number;
  readonly lastTimestamp: number;
  readonly checkpointed: number;
}

async function removeIfPresent(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
}
