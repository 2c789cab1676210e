import { FatalError, jsonOrUndefined, type PartitionRef, RetryableError } from "@iggy-connectors/sdk";
import { z } from "zod";
import { offsetObjectName } from "./names.ts";
import type { ObjectStore } from "./store/object-store.ts";

const MAX_BYTES = 64 * 1024;
const MAX_RACES = 10;

const offset = z.string().regex(/^\d{1,20}$/);

const entrySchema = z.object({
  version: z.literal(1),
  /** Every message up to this offset is in an object; null: none is. */
  through: offset.nullable(),
  /** Broker time of the message at that offset, microseconds; absent: not known. */
  time: z.number().optional(),
  /** The one object that may have been written after that; its own metadata say how far it reaches. */
  next: z.string().min(1).nullable(),
  /** How often the chain began again: an operator moved the offset, or the partition has another history. */
  generation: z.int().min(0),
  /** The log that the offsets count in. Absent: written before histories were known, or the server tells none. */
  history: z.string().optional(),
});

export type OffsetEntry = z.infer<typeof entrySchema>;

const EMPTY: OffsetEntry = { version: 1, through: null, next: null, generation: 0 };

/**
 * The stored offset of a partition, in a small object of its own. It names each data object before that is written, so that
 * its reader finds the last one of the partition with one request. It is replaced only if no other writer did (If-Match), so
 * that a stale writer cannot move it back.
 */
export class OffsetObject {
  readonly #store: ObjectStore;
  readonly #key: string;
  #entry: OffsetEntry = EMPTY;
  #etag: string | undefined;

  constructor(store: ObjectStore, prefix: string | undefined, connector: string, ref: PartitionRef) {
    this.#store = store;
    this.#key = offsetObjectName(prefix, connector, ref);
  }

  get entry(): OffsetEntry {
    return this.#entry;
  }

  /** Whether anything was stored when it was read or written last. */
  get exists(): boolean {
    return this.#etag !== undefined;
  }

  /** @throws FatalError when it is damaged. */
  async load(signal: AbortSignal): Promise<OffsetEntry> {
    const stored = await this.#store.read(this.#key, MAX_BYTES, signal);
    this.#etag = stored?.etag;
    this.#entry = stored === undefined ? EMPTY : this.#parse(stored.text);
    return this.#entry;
  }

  /** False: another writer has replaced it meanwhile; `entry` is what that one wrote. */
  async write(entry: OffsetEntry, signal: AbortSignal): Promise<boolean> {
    if (this.#etag !== undefined && same(entry, this.#entry)) return true;
    const etag = await this.#store.replace(this.#key, JSON.stringify(entry), this.#etag, signal);
    if (etag !== undefined) {
      this.#etag = etag;
      this.#entry = entry;
      return true;
    }
    // An own write whose response was lost looks the same.
    return same(entry, await this.load(signal));
  }

  /** Starts again at `next`, whatever was stored. `history`: undefined where it is not known, then it stays. */
  async reset(next: bigint, history: string | undefined, signal: AbortSignal): Promise<void> {
    for (let race = 0; race < MAX_RACES; race++) {
      const before = await this.load(signal);
      const through = next > 0n ? String(next - 1n) : null;
      const generation = before.generation + 1;
      const known = history ?? before.history;
      const entry: OffsetEntry = {
        version: 1,
        through,
        next: null,
        generation,
        ...(known === undefined ? {} : { history: known }),
      };
      if (await this.write(entry, signal)) return;
    }
    throw new RetryableError(`${this.#key} is being written by another writer all the time`, {
      code: "IGC_SINK_S3_RACE",
      place: this.#key,
      fix: "stop other connectors with this key and prefix",
    });
  }

  #parse(text: string): OffsetEntry {
    const entry = entrySchema.safeParse(jsonOrUndefined(text));
    if (entry.success) return entry.data;
    throw new FatalError(`${this.#key} is damaged`, {
      code: "IGC_SINK_S3_LEDGER",
      place: this.#key,
      fix: "restore it, or delete it: the connector then continues after the offset stored in Iggy",
    });
  }
}

function same(one: OffsetEntry, other: OffsetEntry): boolean {
  return (
    one.through === other.through &&
    one.next === other.next &&
    one.generation === other.generation &&
    one.history === other.history
  );
}
