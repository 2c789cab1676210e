import { restampBatch } from "@iggy-connectors/protocol";
import type { Clock } from "../../clock.ts";
import type { Logger } from "../../logger.ts";
import { hasCode, syncPath } from "../disk/files.ts";
import { type Waiting, WriteQueue } from "../disk/write-queue.ts";
import { readSegments, searchTimestamp } from "./log-reader.ts";
import { RecentRecords, type RecentRecordsBudget } from "./recent-records.ts";
import { recordCount } from "./record.ts";
import { RecordCollector } from "./record-collector.ts";
import { recoverSegments } from "./recovery.ts";
import { Segment, type SegmentEnvironment } from "./segment.ts";

/** One write takes at most this many records (the system's limit of buffers per call is 1024) and bytes. */
const GROUP_RECORDS = 512;
const GROUP_BYTES = 16 * 1024 * 1024;
/** An unclean stop makes the next start scan at most about this much of the newest segment. */
const CHECKPOINT_BYTES = 64 * 1024 * 1024;

/** What all logs of a server share. */
export interface LogEnvironment extends SegmentEnvironment {
  /** The data folder. */
  readonly root: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly budget: RecentRecordsBudget;
  readonly traffic: { readBytes: number; writtenBytes: number };
}

export interface LogOptions {
  readonly folder: string;
  readonly partition: number;
  readonly segmentSize: number;
  /** Wait for stable storage before an append is acknowledged. */
  readonly persisted: boolean;
}

interface Append {
  readonly record: Buffer;
  readonly frameStarts: Uint32Array;
}

/** Resolves with the offset of the first message. */
type WaitingAppend = Waiting<Append, number>;

/**
 * The log of one partition. Appends that arrive while one is being written are written together; a record is visible
 * to readers, and acknowledged, only after its write ended.
 */
export class PartitionLog {
  readonly #environment: LogEnvironment;
  readonly #options: LogOptions;
  readonly #recent: RecentRecords;
  /** Oldest first; the last one is written to. Empty until the first append ever. */
  #segments: Segment[] = [];
  readonly #queue = new WriteQueue<Append, number>({
    take: (waiting) => this.#groupSize(waiting),
    write: (group) => this.#write(group),
    describe: (cause) => {
      this.#environment.logger("error", "an append failed", { folder: this.#options.folder, cause });
      return `the log of partition ${this.#options.partition} refused: ${cause}`;
    },
  });
  #checkpointing: Promise<void> | undefined;
  #nextOffset = 0;
  #lastTimestamp = 0;
  /** Whether the names of the segments and of the folders above are durable; not known after a start. */
  #namesSynced = false;

  private constructor(environment: LogEnvironment, options: LogOptions) {
    this.#environment = environment;
    this.#options = options;
    this.#recent = new RecentRecords(environment.budget);
  }

  /** A log that has no files yet; they come with the first append. */
  static create(environment: LogEnvironment, options: LogOptions): PartitionLog {
    return new PartitionLog(environment, options);
  }

  /** Opens what is on disk and repairs its end. */
  static async open(environment: LogEnvironment, options: LogOptions): Promise<PartitionLog> {
    const log = new PartitionLog(environment, options);
    log.#segments = await recoverSegments(environment, options.folder);
    const last = log.#segments.at(-1);
    if (last !== undefined) {
      log.#nextOffset = last.endOffset;
      log.#lastTimestamp = Math.max(...log.#segments.map((segment) => segment.lastTimestamp));
    }
    return log;
  }

  /** Offset the next message will get: one past the newest. */
  get nextOffset(): number {
    return this.#nextOffset;
  }

  /** Offset of the oldest message kept. */
  get firstOffset(): number {
    return this.#segments[0]?.baseOffset ?? this.#nextOffset;
  }

  /** A loss of power may have torn a hole between two segments, so this is not just a difference of offsets. */
  get messagesCount(): number {
    return this.#segments.reduce((sum, { baseOffset, endOffset }) => sum + endOffset - baseOffset, 0);
  }

  get size(): number {
    let size = 0;
    for (const segment of this.#segments) size += segment.size;
    return size;
  }

  /** A log without files counts as one empty segment, as Iggy shows it. */
  get segmentsCount(): number {
    return Math.max(1, this.#segments.length);
  }

  /**
   * Appends a checked record, which from now on belongs to the log: offset, time and partition are written into it.
   * `frameStarts` is what the check found.
   * @returns the offset of its first message, once it is in the file (and synced where the topic is `persisted`).
   * @throws RequestRefused 13000 when the disk refuses; the log is then as before.
   */
  append(record: Buffer, frameStarts: Uint32Array): Promise<number> {
    return this.#queue.push({ record, frameStarts });
  }

  /** Collects at most `count` messages from `from` on; `from` may lie before the oldest or past the newest one. */
  async read(from: number, count: number, maxBytes: number): Promise<RecordCollector> {
    const start = Math.max(from, this.firstOffset);
    const collector = new RecordCollector(start, start < this.#nextOffset ? count : 0, maxBytes);
    if (collector.done) return collector;
    if (start < this.#recent.firstOffset) {
      await readSegments(this.#environment.files, this.#segments, collector, count);
    } else {
      this.#recent.collect(collector);
    }
    collector.finish();
    this.#environment.traffic.readBytes += collector.bytes;
    return collector;
  }

  /** Offset of the first record whose broker time is `timestamp` or later; one past the newest when there is none. */
  async offsetForTimestamp(timestamp: number): Promise<number> {
    if (timestamp > this.#lastTimestamp) return this.#nextOffset;
    const found =
      this.#recent.firstTimestamp < timestamp
        ? this.#recent.offsetForTimestamp(timestamp)
        : await searchTimestamp(this.#environment.files, this.#segments, timestamp);
    // The recent records outlive their segment.
    return Math.max(found ?? this.#nextOffset, this.firstOffset);
  }

  /**
   * Deletes whole segments, oldest first, never the one being written. @returns the bytes freed.
   * @throws RequestRefused 13000 once the disk has failed.
   */
  async deleteOldest(isUnwanted: (segment: Segment) => boolean): Promise<number> {
    const { files, health } = this.#environment;
    health.check();
    let freed = 0;
    while (this.#segments.length > 1 && isUnwanted(this.#segments[0]!)) {
      const [oldest] = this.#segments.splice(0, 1);
      freed += oldest!.size;
      await oldest!.delete();
    }
    const { folder } = this.#options;
    try {
      if (freed > 0) await files.syncFolder(folder);
    } catch (error) {
      // The partition may have been deleted meanwhile, and its folder with it.
      if (!hasCode(error, "ENOENT")) throw health.fail(`syncing ${folder}`, error);
    }
    return freed;
  }

  /** Ends pending appends, saves the indexes and closes the files. */
  async close(): Promise<void> {
    await this.#stop();
    for (const segment of this.#segments) this.#checkpointSoon(segment);
    await this.#checkpointing;
    for (const segment of this.#segments) await segment.close();
    this.#recent.clear();
  }

  /** Ends pending appends and removes the folder; reads under way still end well. */
  async delete(): Promise<void> {
    await this.#stop();
    for (const segment of this.#segments) await segment.close();
    this.#recent.clear();
    await this.#environment.files.remove(this.#options.folder);
  }

  async #stop(): Promise<void> {
    await this.#queue.close("the partition was deleted");
    await this.#checkpointing;
  }

  /** As many waiting appends as one write may take, and one segment; a record larger than that goes alone. */
  #groupSize(waiting: readonly WaitingAppend[]): number {
    const { segmentSize } = this.#options;
    const used = this.#segments.at(-1)?.size ?? 0;
    const first = waiting[0]!.item.record.length;
    const capacity = Math.min(GROUP_BYTES, used + first > segmentSize ? segmentSize : segmentSize - used);
    let bytes = first;
    let count = 1;
    for (; count < waiting.length && count < GROUP_RECORDS; count++) {
      bytes += waiting[count]!.item.record.length;
      if (bytes > capacity) break;
    }
    return count;
  }

  async #write(group: readonly WaitingAppend[]): Promise<void> {
    this.#environment.health.check();
    const segment = await this.#writableSegment(group.reduce((bytes, { item }) => bytes + item.record.length, 0));
    const { clock, traffic } = this.#environment;
    const timestamp = Math.max(clock(), this.#lastTimestamp);
    const records: Buffer[] = [];
    let offset = this.#nextOffset;
    for (const { item } of group) {
      const { record, frameStarts } = item;
      restampBatch(record, this.#options.partition, BigInt(offset), timestamp, frameStarts);
      offset += recordCount(record, 0);
      records.push(record);
    }
    try {
      if (this.#options.persisted && !this.#namesSynced) await this.#syncNames();
      await segment.write(records, this.#options.persisted);
    } catch (error) {
      await this.#cutFailedWrite(segment);
      throw error;
    }
    this.#lastTimestamp = timestamp;
    for (const { item, resolve } of group) {
      const { record } = item;
      const base = this.#nextOffset;
      segment.index.note(base, segment.size, timestamp);
      segment.size += record.length;
      traffic.writtenBytes += record.length;
      this.#nextOffset = base + recordCount(record, 0);
      segment.endOffset = this.#nextOffset;
      this.#recent.push(record);
      resolve(base);
    }
    segment.lastTimestamp = timestamp;
    if (segment.size - segment.checkpointed >= CHECKPOINT_BYTES) this.#checkpointSoon(segment);
  }

  /** The newest segment, or a new one when `bytes` more would exceed its limit. */
  async #writableSegment(bytes: number): Promise<Segment> {
    const last = this.#segments.at(-1);
    if (last !== undefined && (last.size === 0 || last.size + bytes <= this.#options.segmentSize)) return last;
    const { folder } = this.#options;
    if (last === undefined) await this.#environment.files.makeFolder(folder);
    const segment = new Segment(this.#environment, folder, this.#nextOffset);
    await segment.create();
    this.#namesSynced = false;
    if (last !== undefined) this.#checkpointSoon(last);
    this.#segments.push(segment);
    return segment;
  }

  /** What is written durably is lost all the same when the names that lead to it are not durable. */
  async #syncNames(): Promise<void> {
    const { files, health, root } = this.#environment;
    const { folder } = this.#options;
    try {
      await syncPath(files, root, folder);
    } catch (error) {
      throw health.fail(`syncing ${folder}`, error);
    }
    this.#namesSynced = true;
  }

  async #cutFailedWrite(segment: Segment): Promise<void> {
    try {
      await segment.discardUnpublished();
    } catch (error) {
      // Appending behind bytes of unknown content would lose everything after them at the next start.
      throw this.#environment.health.fail(`cutting a failed write off ${segment.path}`, error);
    }
  }

  /** In the background and one after another: an append must not wait for a large sync. */
  #checkpointSoon(segment: Segment): void {
    this.#checkpointing = (this.#checkpointing ?? Promise.resolve())
      .then(() => (this.#environment.health.refusal === undefined ? segment.checkpoint() : undefined))
      .catch((error: unknown) => {
        this.#environment.logger("warn", "saving the index of a log segment failed; the next start scans it", {
          file: segment.path,
          cause: String(error),
        });
      });
  }
}
