import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { xxh32 } from "@iggy-connectors/protocol";
import { RequestRefused, STATUS } from "../errors.ts";
import { closeFile, hasCode, openFile, replaceFile, syncData, truncateFile, writeFully } from "./file.ts";

/** Whose offset: a consumer's number (a name is hashed to one) or a group's id. */
export interface OffsetOwner {
  readonly kind: "consumer" | "group";
  readonly id: number;
}

/** Which stored offsets still have a meaning; the others are dropped when the journal is opened. */
export interface LiveOffsets {
  hasPartition(incarnation: number): boolean;
  hasGroup(id: number): boolean;
}

// Entry, 32 bytes: checksum u32 (XXH32 of the rest) · owner kind u8 · action u8 · reserved u16 · owner id u32 ·
// reserved u32 · partition incarnation u64 · offset u64
const ENTRY_SIZE = 32;
const KIND = { consumer: 1, group: 2 } as const;
const ACTION = { store: 1, delete: 2 } as const;
/** The journal is rewritten when it has this many entries and most of them are outdated. */
const COMPACT_ENTRIES = 65_536;
/** A hostile client must not fill the memory with consumer names; Iggy answers 3024 as well. */
const MAX_OFFSETS_PER_PARTITION = 100_000;

interface EntryFields {
  readonly incarnation: number;
  readonly key: number;
  /** Nothing: the stored offset is deleted. */
  readonly offset: number | undefined;
}

interface PendingEntry extends EntryFields {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * The stored offsets of one topic: in memory by partition and owner, and as a journal on disk. A partition is named by
 * its incarnation, so the offsets of a purged or deleted partition never apply to a later one.
 */
export class OffsetsJournal {
  readonly #path: string;
  readonly #persisted: boolean;
  /** Incarnation → owner key → offset. */
  readonly #offsets = new Map<number, Map<number, number>>();
  #live = 0;
  #entries = 0;
  #descriptor: number | undefined;
  #pending: PendingEntry[] = [];
  #writing: Promise<void> | undefined;
  #refusal: RequestRefused | undefined;

  private constructor(path: string, persisted: boolean) {
    this.#path = path;
    this.#persisted = persisted;
  }

  /** A journal that has no file yet; it comes with the first store. */
  static create(path: string, persisted: boolean): OffsetsJournal {
    return new OffsetsJournal(path, persisted);
  }

  /** Reads the journal, drops a torn tail and what is no longer live, and rewrites it when that made it shorter. */
  static async open(path: string, persisted: boolean, live: LiveOffsets): Promise<OffsetsJournal> {
    const journal = new OffsetsJournal(path, persisted);
    let bytes: Buffer;
    try {
      bytes = await readFile(path);
    } catch (error) {
      if (hasCode(error, "ENOENT")) return journal;
      throw error;
    }
    journal.#replay(bytes, live);
    if (journal.#live * ENTRY_SIZE !== bytes.length) await journal.#compact();
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
    await this.#write(incarnation, key, offset);
  }

  /** Removes a stored offset. @returns whether there was one. */
  async delete(incarnation: number, owner: OffsetOwner): Promise<boolean> {
    const key = ownerKey(owner);
    if (this.#offsets.get(incarnation)?.has(key) !== true) return false;
    await this.#write(incarnation, key, undefined);
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
    await this.#writing;
    this.#refusal = new RequestRefused(STATUS.ResourceNotFound, "the topic is gone");
    if (this.#descriptor !== undefined) await closeFile(this.#descriptor);
    this.#descriptor = undefined;
  }

  #write(incarnation: number, key: number, offset: number | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#refusal !== undefined) return reject(this.#refusal);
      this.#pending.push({ incarnation, key, offset, resolve, reject });
      this.#writing ??= this.#drain();
    });
  }

  async #drain(): Promise<void> {
    while (this.#pending.length > 0) {
      const group = this.#pending;
      this.#pending = [];
      try {
        await this.#append(group);
      } catch (error) {
        const cause = error instanceof Error ? error.message : String(error);
        const refusal = new RequestRefused(STATUS.IoError, `storing consumer offsets failed: ${cause}`);
        for (const { reject } of group) reject(refusal);
        continue;
      }
      for (const pending of group) {
        this.#apply(pending);
        pending.resolve();
      }
      await this.#compactIfWorthwhile();
    }
    this.#writing = undefined;
  }

  async #append(group: readonly PendingEntry[]): Promise<void> {
    const position = this.#entries * ENTRY_SIZE;
    const descriptor = await this.#open();
    try {
      await writeFully(descriptor, [encodeEntries(group)], position);
      if (this.#persisted) await syncData(descriptor);
    } catch (error) {
      await truncateFile(descriptor, position);
      throw error;
    }
    this.#entries += group.length;
  }

  #apply({ incarnation, key, offset }: EntryFields): void {
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

  async #compactIfWorthwhile(): Promise<void> {
    if (this.#entries < COMPACT_ENTRIES || this.#entries <= 4 * this.#live) return;
    // The journal stays as it is when rewriting fails, and what it holds stays true.
    await this.#compact().catch(() => undefined);
  }

  /** Writes what is in memory as a new file. */
  async #compact(): Promise<void> {
    const entries: EntryFields[] = [];
    for (const [incarnation, partition] of this.#offsets) {
      for (const [key, offset] of partition) entries.push({ incarnation, key, offset });
    }
    await replaceFile(this.#path, [encodeEntries(entries)]);
    this.#entries = entries.length;
    const old = this.#descriptor;
    this.#descriptor = undefined;
    if (old !== undefined) await closeFile(old);
  }

  async #open(): Promise<number> {
    if (this.#descriptor === undefined) {
      await mkdir(dirname(this.#path), { recursive: true });
      this.#descriptor = await openFile(this.#path, true);
    }
    return this.#descriptor;
  }

  #replay(bytes: Buffer, live: LiveOffsets): void {
    for (let at = 0; at + ENTRY_SIZE <= bytes.length; at += ENTRY_SIZE) {
      if (bytes.readUInt32LE(at) !== xxh32(bytes.subarray(at + 4, at + ENTRY_SIZE))) break;
      const isGroup = bytes.readUInt8(at + 4) === KIND.group;
      const id = bytes.readUInt32LE(at + 8);
      const incarnation = Number(bytes.readBigUInt64LE(at + 16));
      if (!live.hasPartition(incarnation) || (isGroup && !live.hasGroup(id))) continue;
      const stored = bytes.readUInt8(at + 5) === ACTION.store;
      const offset = stored ? Number(bytes.readBigUInt64LE(at + 24)) : undefined;
      this.#apply({ incarnation, key: ownerKey({ kind: isGroup ? "group" : "consumer", id }), offset });
    }
    this.#entries = this.#live;
  }
}

function ownerKey(owner: OffsetOwner): number {
  return owner.id * 2 + (owner.kind === "group" ? 1 : 0);
}

function encodeEntries(entries: readonly EntryFields[]): Buffer {
  const bytes = Buffer.alloc(entries.length * ENTRY_SIZE);
  for (const [index, { incarnation, key, offset }] of entries.entries()) {
    const at = index * ENTRY_SIZE;
    bytes.writeUInt8(key % 2 === 1 ? KIND.group : KIND.consumer, at + 4);
    bytes.writeUInt8(offset === undefined ? ACTION.delete : ACTION.store, at + 5);
    bytes.writeUInt32LE(Math.floor(key / 2), at + 8);
    bytes.writeBigUInt64LE(BigInt(incarnation), at + 16);
    bytes.writeBigUInt64LE(BigInt(offset ?? 0), at + 24);
    bytes.writeUInt32LE(xxh32(bytes.subarray(at + 4, at + ENTRY_SIZE)), at);
  }
  return bytes;
}
