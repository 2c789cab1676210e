import { join } from "node:path";
import type { DiskHealth } from "../disk/disk-health.ts";
import { type Files, unlinkIfPresent, writeFully } from "../disk/files.ts";
import { writeCheckpoint } from "./checkpoint.ts";
import type { OpenSegments } from "./open-segments.ts";
import { SparseIndex } from "./sparse-index.ts";

const LOG_SUFFIX = ".log";
const INDEX_SUFFIX = ".index";
const NAME_DIGITS = 20;

/** The base offset in a segment's file name; nothing when the file is not a segment. */
export function segmentBaseOffset(fileName: string): number | undefined {
  if (!fileName.endsWith(LOG_SUFFIX)) return undefined;
  const digits = fileName.slice(0, -LOG_SUFFIX.length);
  return /^\d{20}$/.test(digits) ? Number(digits) : undefined;
}

/** The file name of a segment's index. */
export function indexName(baseOffset: number): string {
  return String(baseOffset).padStart(NAME_DIGITS, "0") + INDEX_SUFFIX;
}

/** What segments of one server share. */
export interface SegmentEnvironment {
  readonly files: Files;
  readonly openSegments: OpenSegments;
  readonly health: DiskHealth;
}

/** What recovery found in a segment's file. */
export interface SegmentState {
  readonly index: SparseIndex;
  readonly size: number;
  readonly endOffset: number;
  readonly lastTimestamp: number;
  readonly checkpointed: number;
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

  readonly #files: Files;
  readonly #openSegments: OpenSegments;
  readonly #health: DiskHealth;
  #descriptor: Promise<number> | undefined;
  #syncing: Promise<void> = Promise.resolve();
  #users = 0;
  #closed = false;

  constructor(environment: SegmentEnvironment, folder: string, baseOffset: number, state?: SegmentState) {
    const name = String(baseOffset).padStart(NAME_DIGITS, "0");
    this.#files = environment.files;
    this.#openSegments = environment.openSegments;
    this.#health = environment.health;
    this.baseOffset = baseOffset;
    this.path = join(folder, name + LOG_SUFFIX);
    this.indexPath = join(folder, indexName(baseOffset));
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
    this.#openSegments.used(this);
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

  /**
   * Writes records behind the visible ones; the caller publishes them through `size` and `endOffset`.
   * @throws RequestRefused 13000 when a sync failed, which no later write can mend; else the system's error.
   */
  write(buffers: Buffer[], durable: boolean): Promise<void> {
    return this.use(async (descriptor) => {
      await writeFully(this.#files, descriptor, buffers, this.size);
      if (durable) await this.#sync(descriptor);
    });
  }

  /** Cuts what a failed write left behind the visible records. */
  discardUnpublished(): Promise<void> {
    return this.use((descriptor) => this.#files.truncate(descriptor, this.size));
  }

  /** Brings everything visible to stable storage and saves the index, so that a start need not scan it. */
  async checkpoint(): Promise<void> {
    if (this.checkpointed === this.size) return;
    const { size, endOffset, lastTimestamp } = this;
    // Taken before the sync: entries of records that come meanwhile may name bytes that a loss of power takes back.
    const entries = this.index.toBytes();
    await this.use((descriptor) => this.#sync(descriptor));
    await writeCheckpoint(this.#files, this.indexPath, { covered: size, endOffset, lastTimestamp }, entries);
    this.checkpointed = size;
  }

  /** Closes the file while it is not in use, see `OpenSegments`. */
  closeIfIdle(): boolean {
    if (this.#users > 0) return false;
    // Nothing is lost with a failed close: what had to be on stable storage was synced before.
    void this.#closeDescriptor().catch(() => undefined);
    return true;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#openSegments.closed(this);
    if (this.#users === 0) await this.#closeDescriptor();
  }

  /** Removes the files; a poll that is reading them still ends well. */
  async delete(): Promise<void> {
    await this.close();
    await unlinkIfPresent(this.#files, this.path);
    await unlinkIfPresent(this.#files, this.indexPath);
  }

  /**
   * One sync at a time: the system reports a failure to one caller only, and the success of a later caller proves
   * nothing.
   */
  #sync(descriptor: number): Promise<void> {
    const synced = this.#syncing.then(async () => {
      this.#health.check();
      try {
        await this.#files.sync(descriptor);
      } catch (error) {
        throw this.#health.fail(`syncing ${this.path}`, error);
      }
    });
    this.#syncing = synced.catch(() => undefined);
    return synced;
  }

  #open(): Promise<number> {
    this.#descriptor ??= this.#files.open(this.path, this.size === 0).catch((error: unknown) => {
      this.#descriptor = undefined;
      throw error;
    });
    return this.#descriptor;
  }

  async #closeDescriptor(): Promise<void> {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor !== undefined) await this.#files.close(await descriptor);
  }
}
