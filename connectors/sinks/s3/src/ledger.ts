import { FatalError, jsonOrUndefined, type PartitionRef, RetryableError } from "@iggy-connectors/sdk";
import { z } from "zod";
import { ledgerName } from "./names.ts";
import type { ObjectStore } from "./store/object-store.ts";

const MAX_BYTES = 64 * 1024;
const MAX_RACES = 10;

const offset = z.string().regex(/^\d{1,20}$/);

const ledgerSchema = z.object({
  version: z.literal(1),
  /** Everything up to here is in objects; null: nothing is. */
  through: offset.nullable(),
  /** The one object that may have been written after that; its own metadata say how far it reaches. */
  next: z.string().min(1).nullable(),
  /** How often the offset was set anew by an operator or by a topic that was purged. */
  generation: z.int().min(0),
});

export type LedgerEntry = z.infer<typeof ledgerSchema>;

const EMPTY: LedgerEntry = { version: 1, through: null, next: null, generation: 0 };

/**
 * Where a partition stands, in a small object of its own. It names each object before that is written, so that whoever
 * reads it finds the partition's last object with one look; and it is replaced only if nobody else did (If-Match), so that a
 * writer that was thought dead cannot turn it back.
 */
export class Ledger {
  readonly #store: ObjectStore;
  readonly #key: string;
  #entry: LedgerEntry = EMPTY;
  #etag: string | undefined;

  constructor(store: ObjectStore, prefix: string | undefined, connector: string, ref: PartitionRef) {
    this.#store = store;
    this.#key = ledgerName(prefix, connector, ref);
  }

  get entry(): LedgerEntry {
    return this.#entry;
  }

  /** @throws FatalError when it is damaged. */
  async load(signal: AbortSignal): Promise<LedgerEntry> {
    const stored = await this.#store.read(this.#key, MAX_BYTES, signal);
    this.#etag = stored?.etag;
    this.#entry = stored === undefined ? EMPTY : this.#parse(stored.text);
    return this.#entry;
  }

  /** False: somebody else has replaced it meanwhile; `entry` is what they wrote. */
  async write(entry: LedgerEntry, signal: AbortSignal): Promise<boolean> {
    if (this.#etag !== undefined && same(entry, this.#entry)) return true;
    const etag = await this.#store.replace(this.#key, JSON.stringify(entry), this.#etag, signal);
    if (etag !== undefined) {
      this.#etag = etag;
      this.#entry = entry;
      return true;
    }
    // Our own write whose answer was lost looks the same.
    return same(entry, await this.load(signal));
  }

  /** Begins anew at `next`, whatever it said before. */
  async reset(next: bigint, signal: AbortSignal): Promise<void> {
    for (let race = 0; race < MAX_RACES; race++) {
      const { generation } = await this.load(signal);
      const through = next > 0n ? String(next - 1n) : null;
      if (await this.write({ version: 1, through, next: null, generation: generation + 1 }, signal)) return;
    }
    throw new RetryableError(`${this.#key} is written by somebody else all the time`, {
      code: "IGC_SINK_S3_RACE",
      place: this.#key,
      fix: "stop other connectors with this key and prefix",
    });
  }

  #parse(text: string): LedgerEntry {
    const entry = ledgerSchema.safeParse(jsonOrUndefined(text));
    if (entry.success) return entry.data;
    throw new FatalError(`${this.#key} is damaged`, {
      code: "IGC_SINK_S3_LEDGER",
      place: this.#key,
      fix: "restore it, or delete it: the connector then goes on behind the offset stored in Iggy",
    });
  }
}

function same(one: LedgerEntry, other: LedgerEntry): boolean {
  return one.through === other.through && one.next === other.next && one.generation === other.generation;
}
