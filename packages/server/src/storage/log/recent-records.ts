import { recordBaseOffset, recordCount, recordTimestamp } from "./record.ts";
import type { RecordCollector } from "./record-collector.ts";

/** What an entry costs beside its bytes: the buffer object and the queue slots. */
const ENTRY_OVERHEAD = 256;

/** A queue whose head is dropped in amortised constant time. */
class Queue<Item> {
  #items: Item[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  at(index: number): Item {
    return this.#items[this.#head + index]!;
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  shift(): Item {
    const item = this.#items[this.#head++]!;
    if (this.#head >= 1024 && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  clear(): void {
    this.#items = [];
    this.#head = 0;
  }
}

/** The memory all partitions together may use for recent records; the oldest record of all goes first. */
export class RecentRecordsBudget {
  readonly #maxBytes: number;
  readonly #owners = new Queue<RecentRecords>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  admit(owner: RecentRecords, bytes: number): void {
    this.#owners.push(owner);
    this.#bytes += bytes;
    while (this.#bytes > this.#maxBytes) this.#bytes -= this.#owners.shift().evictOldest();
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/**
 * The newest records of one partition, without a gap up to its end, so that readers at the tail do not read the disk.
 * The buffers are shared with replies under way and never change once they are here.
 */
export class RecentRecords {
  readonly #budget: RecentRecordsBudget;
  readonly #records = new Queue<Buffer>();
  #bytes = 0;
  /** Entries that `clear` dropped here but that the budget's queue still names. */
  #cleared = 0;

  constructor(budget: RecentRecordsBudget) {
    this.#budget = budget;
  }

  /** Offset of the oldest record held; infinite when none is. */
  get firstOffset(): number {
    return this.#records.length === 0 ? Number.POSITIVE_INFINITY : recordBaseOffset(this.#records.at(0), 0);
  }

  /** Broker time of the oldest record held; infinite when none is. */
  get firstTimestamp(): number {
    return this.#records.length === 0 ? Number.POSITIVE_INFINITY : recordTimestamp(this.#records.at(0), 0);
  }

  push(record: Buffer): void {
    const cost = record.length + ENTRY_OVERHEAD;
    this.#records.push(record);
    this.#bytes += cost;
    this.#budget.admit(this, cost);
  }

  /** Gives the collector what it wants from here; the wanted offset must not lie before `firstOffset`. */
  collect(collector: RecordCollector): void {
    const from = collector.next;
    let index = this.#search((record) => recordBaseOffset(record, 0) + recordCount(record, 0) <= from);
    for (; index < this.#records.length && !collector.done; index++) collector.take(this.#records.at(index), 0);
  }

  /** Base offset of the first record stamped at or after `timestamp`; nothing when all are older. */
  offsetForTimestamp(timestamp: number): number | undefined {
    const index = this.#search((record) => recordTimestamp(record, 0) < timestamp);
    return index === this.#records.length ? undefined : recordBaseOffset(this.#records.at(index), 0);
  }

  /** Called by the budget. @returns the bytes freed. */
  evictOldest(): number {
    if (this.#cleared > 0) {
      this.#cleared--;
      return 0;
    }
    const cost = this.#records.shift().length + ENTRY_OVERHEAD;
    this.#bytes -= cost;
    return cost;
  }

  clear(): void {
    this.#cleared += this.#records.length;
    this.#budget.release(this.#bytes);
    this.#records.clear();
    this.#bytes = 0;
  }

  /** Index of the first record that does not pass; passing records come first. */
  #search(passes: (record: Buffer) => boolean): number {
    let low = 0;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (passes(this.#records.at(middle))) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
