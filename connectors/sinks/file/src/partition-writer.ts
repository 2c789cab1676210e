import { constants } from "node:fs";
import { access, type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import {
  type CommittedOffset,
  CommittedOffsetMovedError,
  errorCode,
  FatalError,
  type Logger,
  type PartitionRef,
} from "@iggy-connectors/sdk";
import { makeFolder } from "./durable.ts";
import { fileError, guarded } from "./errors.ts";
import {
  dataFileName,
  emptyRecord,
  isSameRecord,
  type OffsetRecord,
  readRecord,
  writeRecord,
} from "./offset-record.ts";

/** Staged lines are handed to the operating system when they reach this size; only `commit` makes them durable. */
const WRITE_BYTES = 1024 * 1024;

export interface WriterOptions {
  readonly connector: string;
  readonly extension: string;
  /** Bytes, 0 = never. */
  readonly rotateSize: number;
  /** Milliseconds, 0 = never. */
  readonly rotateAge: number;
  readonly logger: Logger;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/**
 * The files of one partition. Invariant 10: data and the offset it reaches are recorded together in the record, and what a
 * file holds beyond the record is cut off when it is opened again, so that every message is in the files once.
 */
export class PartitionWriter {
  readonly #folder: string;
  readonly #options: WriterOptions;
  #stored: OffsetRecord;
  /** As it was last read or written; undefined: there is none. */
  #onDisk: OffsetRecord | undefined;
  #handle: FileHandle | undefined;
  /** Bytes of the open file that were handed to the operating system. */
  #written = 0;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #staged: bigint | undefined;
  /** Broker time of the last staged message, microseconds. */
  #stagedTime: number | undefined;
  #failure: FatalError | undefined;

  private constructor(folder: string, found: OffsetRecord | undefined, ref: PartitionRef, options: WriterOptions) {
    this.#folder = folder;
    this.#stored = found ?? emptyRecord(options.connector, ref);
    this.#onDisk = found;
    this.#options = options;
    this.#staged = this.recorded;
    this.#stagedTime = this.#stored.last_time;
  }

  static async open(folder: string, ref: PartitionRef, options: WriterOptions): Promise<PartitionWriter> {
    const found = await readRecord(folder, options.connector, ref);
    const writer = new PartitionWriter(folder, found, ref, options);
    await writer.#reopen();
    return writer;
  }

  /** Offset of the last message that is durably in the files. */
  get recorded(): bigint | undefined {
    const { last_offset } = this.#stored;
    return last_offset === null ? undefined : BigInt(last_offset);
  }

  /** What the record on the disk says; undefined: there is none. */
  get committed(): CommittedOffset | undefined {
    if (this.#onDisk === undefined) return undefined;
    const { history, last_time: timestamp } = this.#onDisk;
    return { offset: this.recorded, history, timestamp };
  }

  /** Whether something is staged that is not recorded. */
  get dirty(): boolean {
    return this.#staged !== this.recorded;
  }

  /** Offset of the last message that was staged; at least `recorded`. */
  get staged(): bigint | undefined {
    return this.#staged;
  }

  /**
   * The messages that follow are of this log. Invariant 8: one that was created again has nothing in common with what is recorded,
   * which is replaced; its files stay, and the new ones have names of their own.
   */
  async continueIn(history: string | undefined): Promise<void> {
    const known = this.#stored.history;
    if (history === undefined || history === known) return;
    if (known === undefined) this.#stored = { ...this.#stored, history };
    else await this.#startOver(history, null);
  }

  /** Messages through this offset ended without coming here. */
  async ended(through: bigint): Promise<void> {
    this.#throwIfFailed();
    if (this.#staged !== this.recorded || (this.recorded !== undefined && through <= this.recorded)) return;
    await guarded(this.#folder, makeFolder(this.#folder));
    const { last_time: _, ...stored } = this.#stored;
    await this.#record({ ...stored, last_offset: String(through) });
    this.#staged = through;
    this.#stagedTime = undefined;
  }

  /**
   * Takes lines of messages `firstOffset` … `lastOffset`, at least one, the last of them of broker time `lastTime`, microseconds. Throws
   * before it took anything, or takes all.
   */
  async stage(lines: Uint8Array, firstOffset: bigint, lastOffset: bigint, lastTime: number): Promise<void> {
    this.#throwIfFailed();
    if (this.#mustRotate(lines.length)) await this.#rotate();
    if (this.#handle === undefined) await this.#begin(firstOffset);
    this.#pending.push(lines);
    this.#pendingBytes += lines.length;
    this.#staged = lastOffset;
    this.#stagedTime = lastTime;
  }

  /** Writes what was staged once it is large enough, so that memory stays bounded. */
  async spill(): Promise<void> {
    this.#throwIfFailed();
    if (this.#pendingBytes >= WRITE_BYTES) await this.#write();
  }

  /** Makes everything staged durable and records it. Repeating it after an error is safe. */
  async commit(): Promise<void> {
    this.#throwIfFailed();
    if (this.#staged === this.recorded) return;
    await this.#write();
    if (this.#handle !== undefined && this.#written > this.#stored.bytes) await this.#sync(this.#handle);
    const lastOffset = this.#staged === undefined ? null : String(this.#staged);
    const { last_time: _, ...stored } = this.#stored;
    const time = this.#stagedTime === undefined ? {} : { last_time: this.#stagedTime };
    await this.#record({ ...stored, bytes: this.#written, last_offset: lastOffset, ...time });
  }

  /** Forgets what was staged but not recorded, and closes the file. */
  async discard(): Promise<void> {
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#staged = this.recorded;
    this.#stagedTime = this.#stored.last_time;
    const handle = this.#handle;
    this.#handle = undefined;
    if (handle === undefined) return;
    try {
      if (this.#written > this.#stored.bytes) await handle.truncate(this.#stored.bytes);
    } catch (error) {
      throw fileError(error, this.#filePath());
    } finally {
      await handle.close();
    }
  }

  /** The next message will be `next` of this log, and it starts a new file. */
  async reset(next: bigint, history: string | undefined): Promise<void> {
    const lastOffset = next > 0n ? String(next - 1n) : null;
    const isKnown = this.recorded !== undefined || this.#stored.history !== history;
    if (this.#onDisk !== undefined && isKnown) await this.#startOver(history, lastOffset);
    else await this.discard();
    this.#failure = undefined;
  }

  async #startOver(history: string | undefined, lastOffset: string | null): Promise<void> {
    await this.discard();
    const { last_time: _, history: former, ...stored } = this.#stored;
    const named = history ?? former;
    await this.#record({
      ...stored,
      file: null,
      bytes: 0,
      last_offset: lastOffset,
      ...(named === undefined ? {} : { history: named }),
    });
    this.#written = 0;
    this.#staged = this.recorded;
    this.#stagedTime = undefined;
  }

  /** Opens the file that the record names and cuts off what was never recorded. */
  async #reopen(): Promise<void> {
    const { file, bytes } = this.#stored;
    if (file === null) return;
    const path = this.#filePath();
    const handle = await open(path, "r+").catch((error: unknown) => {
      if (errorCode(error) === "ENOENT") return undefined;
      throw fileError(error, path);
    });
    let size = 0;
    try {
      if (handle !== undefined) size = (await guarded(path, handle.stat())).size;
      if (handle !== undefined && size > bytes) {
        this.#options.logger.info(`${path}: truncated by ${size - bytes} bytes that were never acknowledged`);
        await guarded(path, handle.truncate(bytes));
      }
    } catch (error) {
      // The next attempt opens it again.
      await handle?.close();
      throw error;
    }
    if (size < bytes) {
      this.#options.logger.warn(`${path} was removed or truncated by another process: continuing in a new file`, {
        bytes,
        size,
      });
    }
    if (handle !== undefined && size >= bytes && file.endsWith(this.#options.extension)) {
      this.#handle = handle;
      this.#written = bytes;
    } else {
      await handle?.close();
      this.#stored = { ...this.#stored, file: null, bytes: 0 };
    }
  }

  #mustRotate(bytes: number): boolean {
    const { rotateSize, rotateAge, now } = this.#options;
    const size = this.#written + this.#pendingBytes;
    if (this.#handle === undefined || size === 0) return false;
    if (rotateSize > 0 && size + bytes > rotateSize) return true;
    return rotateAge > 0 && now() - this.#stored.opened_at >= rotateAge;
  }

  async #rotate(): Promise<void> {
    await this.commit();
    await this.#handle?.close();
    this.#handle = undefined;
    this.#written = 0;
  }

  /**
   * The record names a file before it exists, so that unrecorded files can be told from data. Its own name becomes
   * durable with the next record, which syncs the folder.
   */
  async #begin(firstOffset: bigint): Promise<void> {
    await guarded(this.#folder, makeFolder(this.#folder));
    const file = await this.#freeName(firstOffset);
    await this.#record({ ...this.#stored, file, bytes: 0, opened_at: this.#options.now() });
    const path = this.#filePath();
    this.#handle = await guarded(path, open(path, constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC));
    this.#written = 0;
  }

  /** After a reset the same offsets are written again, beside the files that hold them already. */
  async #freeName(firstOffset: bigint): Promise<string> {
    const { extension } = this.#options;
    for (let copy = 0; ; copy++) {
      const name = dataFileName(firstOffset, extension, copy);
      // It is named and nothing of it is recorded: an earlier attempt created it, and its content does not count.
      if (name === this.#stored.file && this.#stored.bytes === 0) return name;
      try {
        await access(join(this.#folder, name));
      } catch (error) {
        if (errorCode(error) === "ENOENT") return name;
        throw fileError(error, join(this.#folder, name));
      }
    }
  }

  async #write(): Promise<void> {
    if (this.#pendingBytes === 0) return;
    const handle = this.#handle as FileHandle;
    const lines = this.#pending.length === 1 ? (this.#pending[0] as Uint8Array) : Buffer.concat(this.#pending);
    this.#pending = [lines];
    try {
      for (let done = 0; done < lines.length; ) {
        const { bytesWritten } = await handle.write(lines, done, lines.length - done, this.#written + done);
        done += bytesWritten;
      }
    } catch (error) {
      // The next attempt writes at the same place; truncating only spares readers a partial line until then.
      await handle.truncate(this.#written).catch(() => undefined);
      throw fileError(error, this.#filePath());
    }
    this.#written += lines.length;
    this.#pending = [];
    this.#pendingBytes = 0;
  }

  async #sync(handle: FileHandle): Promise<void> {
    try {
      await handle.datasync();
    } catch (cause) {
      // The kernel reports data that it could not write once, and may drop it: another sync would only seem to succeed.
      this.#failure = new FatalError(`${this.#filePath()} could not be synced to the disk`, {
        code: "IGC_SINK_FILE_SYNC",
        place: this.#filePath(),
        fix: "check the disk, then restart the connector: it continues after the last durable message",
        cause,
      });
      throw this.#failure;
    }
  }

  /** @throws CommittedOffsetMovedError when the record is not the one that was written last. */
  async #record(record: OffsetRecord): Promise<void> {
    const found = await readRecord(this.#folder, this.#options.connector, record);
    if (!isSameRecord(found, this.#onDisk)) {
      throw new CommittedOffsetMovedError(`the record in ${this.#folder} was changed or removed by another process`, {
        code: "IGC_SINK_FILE_MOVED",
        place: this.#folder,
      });
    }
    await writeRecord(this.#folder, record);
    this.#stored = record;
    this.#onDisk = record;
  }

  #filePath(): string {
    return join(this.#folder, this.#stored.file ?? "");
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
