import { dirname } from "node:path";
import { RequestRefused, STATUS } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import type { DiskHealth } from "../disk/disk-health.ts";
import { type Files, ReplacementNotDurable, readIfPresent, replaceFile, syncPath, writeFully } from "../disk/files.ts";
import { type Waiting, WriteQueue } from "../disk/write-queue.ts";
import {
  decodeEntries,
  ENTRY_SIZE,
  encodeEntries,
  keyOwner,
  type OffsetEntry,
  type OffsetOwner,
  ownerKey,
} from "./offsets-entries.ts";

/** What stored offsets are about: those of anything else are dropped when the journal is opened. */
export interface LiveOffsets {
  /** One past the newest message of a partition; nothing when the partition was deleted. */
  endOf(incarnation: number): number | undefined;
  hasGroup(id: number): boolean;
}

export interface JournalEnvironment {
  /** The data folder. */
  readonly root: string;
  readonly files: Files;
  readonly health: DiskHealth;
  readonly logger: Logger;
}

export interface JournalOptions {
  readonly path: string;
  /** Wait for stable storage before an offset write is acknowledged. */
  readonly persisted: boolean;
}

/** The journal is rewritten when it has this many entries and most of them are outdated. */
const COMPACT_ENTRIES = 65_536;
/** A hostile client must not fill the memory with consumer names; Iggy answers 3024 as well. */
const MAX_OFFSETS_PER_PARTITION = 100_000;

/**
 * The stored offsets of one topic: in memory by partition and owner, and as a journal on disk. A partition is named by
 * its incarnation, so the offsets of a purged or deleted partition never apply to a later one.
 */
export class OffsetsJournal {
  readonly #environment: JournalEnvironment;
  readonly #path: string;
  readonly #persisted: boolean;
  /** Incarnation → owner key → offset. */
  readonly #offsets = new Map<number, Map<number, number>>();
  #live = 0;
  #entries = 0;
  #descriptor: number | undefined;
  /** Whether the names of the file and of the folders above are durable; not known after a start. */
  #nameSynced = false;
  readonly #queue = new WriteQueue<OffsetEntry, void>({
    take: (waiting) => waiting.length,
    write: (group) => this.#write(group),
    describe: (cause) => `storing consumer offsets failed: ${cause}`,
  });

  private constructor(environment: JournalEnvironment, options: JournalOptions) {
    this.#environment = environment;
    this.#path = options.path;
    this.#persisted = options.persisted;
  }

  /** A journal that has no file yet; it comes with the first store. */
  static create(environment: JournalEnvironment, options: JournalOptions): OffsetsJournal {
    return new OffsetsJournal(environment, options);
  }

  /**
   * Reads the journal, drops a torn tail and what is no longer live, and rewrites it when that changed anything. An
   * offset beyond its partition's end moves to the end: a loss of power may take messages but not the offset, and what
   * is written in their place must not pass for consumed.
   */
  static async open(
    environment: JournalEnvironment,
    options: JournalOptions,
    live: LiveOffsets,
  ): Promise<OffsetsJournal> {
    const journal = new OffsetsJournal(environment, options);
    const bytes = await readIfPresent(environment.files, options.path);
    if (bytes === undefined) return journal;
    let whole = 0;
    for (const entry of decodeEntries(bytes)) {
      journal.#apply(entry);
      whole += ENTRY_SIZE;
    }
    if (whole < bytes.length) {
      const cut = { file: options.path, keptBytes: whole, cutBytes: bytes.length - whole };
      environment.logger("warn", "cut a torn tail off the stored offsets", cut);
    }
    const moved = journal.#keepLive(live);
    journal.#entries = journal.#live;
    if (moved || journal.#live * ENTRY_SIZE !== bytes.length) await journal.#compact();
    return journal;
  }

  /** The stored offset; one that is being written is not visible yet. */
  get(incarnation: number, owner: OffsetOwner): number | undefined {
    return this.#offsets.get(incarnation)?.get(ownerKey(owner));
  }

  /**
   * Stores an offset; resolves when it survives the death of the process (of the machine, where persisted).
   * @throws RequestRefused 3024 for a new owner when the partition has too many, 13000 when the disk refuses.
   */
  async store(incarnation: number, owner: OffsetOwner, offset: number): Promise<void> {
    const partition = this.#offsets.get(incarnation);
    const key = ownerKey(owner);
    if (partition !== undefined && partition.size >= MAX_OFFSETS_PER_PARTITION && !partition.has(key)) {
      throw new RequestRefused(STATUS.TooManyConsumerOffsets, "the partition has too many stored consumer offsets");
    }
    await this.#queue.push({ incarnation, key, offset });
  }

  /** Removes a stored offset. @returns whether there was one. */
  async delete(incarnation: number, owner: OffsetOwner): Promise<boolean> {
    const key = ownerKey(owner);
    if (this.#offsets.get(incarnation)?.has(key) !== true) return false;
    await this.#queue.push({ incarnation, key, offset: undefined });
    return true;
  }

  /** Forgets a partition that was purged or deleted; its entries leave the file with the next rewriting. */
  dropPartition(incarnation: number): void {
    this.#live -= this.#offsets.get(incarnation)?.size ?? 0;
    this.#offsets.delete(incarnation);
  }

  /** Forgets a deleted group. */
  dropGroup(id: number): void {
    const key = ownerKey({ kind: "group", id });
    for (const partition of this.#offsets.values()) if (partition.delete(key)) this.#live--;
  }

  async close(): Promise<void> {
    await this.#queue.close("the topic was deleted");
    if (this.#descriptor !== undefined) await this.#environment.files.close(this.#descriptor);
    this.#descriptor = undefined;
  }

  async #write(group: readonly Waiting<OffsetEntry, void>[]): Promise<void> {
    const entries = group.map(({ item }) => item);
    await this.#append(entries);
    for (const entry of entries) this.#apply(entry);
    for (const { resolve } of group) resolve();
    await this.#compactIfWorthwhile();
  }

  async #append(entries: readonly OffsetEntry[]): Promise<void> {
    const { files, health } = this.#environment;
    health.check();
    const position = this.#entries * ENTRY_SIZE;
    const descriptor = await this.#open();
    try {
      await writeFully(files, descriptor, [encodeEntries(entries)], position);
      if (this.#persisted) await this.#sync(descriptor);
    } catch (error) {
      await files.truncate(descriptor, position).catch((cause: unknown) => {
        // A shorter write over these bytes would leave some of them as entries that were never acknowledged.
        throw health.fail(`cutting a failed write off ${this.#path}`, cause);
      });
      throw error;
    }
    this.#entries += entries.length;
  }

  #apply({ incarnation, key, offset }: OffsetEntry): void {
    let partition = this.#offsets.get(incarnation);
    if (partition === undefined) {
      partition = new Map();
      this.#offsets.set(incarnation, partition);
    }
    this.#live -= partition.size;
    if (offset === undefined) partition.delete(key);
    else partition.set(key, offset);
    this.#live += partition.size;
  }

  /** @returns whether an offset was moved. */
  #keepLive(live: LiveOffsets): boolean {
    let moved = false;
    for (const [incarnation, partition] of this.#offsets) {
      const end = live.endOf(incarnation) ?? 0;
      if (end === 0) {
        this.dropPartition(incarnation);
        continue;
      }
      for (const [key, offset] of partition) {
        const { kind, id } = keyOwner(key);
        if (kind === "group" && !live.hasGroup(id)) this.#apply({ incarnation, key, offset: undefined });
        else if (offset >= end) {
          this.#apply({ incarnation, key, offset: end - 1 });
          moved = true;
        }
      }
    }
    return moved;
  }

  async #compactIfWorthwhile(): Promise<void> {
    if (this.#entries < COMPACT_ENTRIES || this.#entries <= 4 * this.#live) return;
    // The journal stays as it is when rewriting fails, and what it holds stays true.
    await this.#compact().catch(() => undefined);
  }

  /** Writes what is in memory as a new file. */
  async #compact(): Promise<void> {
    const { files, health } = this.#environment;
    const entries: OffsetEntry[] = [];
    for (const [incarnation, partition] of this.#offsets) {
      for (const [key, offset] of partition) entries.push({ incarnation, key, offset });
    }
    try {
      await replaceFile(files, this.#path, [encodeEntries(entries)]);
    } catch (error) {
      if (error instanceof ReplacementNotDurable) throw health.fail(`replacing ${this.#path}`, error);
      throw error;
    }
    this.#entries = entries.length;
    const old = this.#descriptor;
    this.#descriptor = undefined;
    if (old !== undefined) await files.close(old);
  }

  async #open(): Promise<number> {
    if (this.#descriptor === undefined) {
      await this.#environment.files.makeFolder(dirname(this.#path));
      this.#descriptor = await this.#environment.files.open(this.#path, true);
    }
    return this.#descriptor;
  }

  async #sync(descriptor: number): Promise<void> {
    const { files, health, root } = this.#environment;
    try {
      // What is written durably is lost all the same when the names that lead to it are not durable.
      if (!this.#nameSynced) await syncPath(files, root, dirname(this.#path));
      this.#nameSynced = true;
      await files.sync(descriptor);
    } catch (error) {
      throw health.fail(`syncing ${this.#path}`, error);
    }
  }
}
