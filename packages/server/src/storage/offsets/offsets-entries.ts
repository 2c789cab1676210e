import { xxh32 } from "@iggy-connectors/protocol";

// Entry, 32 bytes: checksum u32 (XXH32 of the rest) · owner kind u8 · action u8 · reserved u16 · owner id u32 ·
// reserved u32 · partition incarnation u64 · offset u64
export const ENTRY_SIZE = 32;
const KIND = { consumer: 1, group: 2 } as const;
const ACTION = { store: 1, delete: 2 } as const;

/** Whose offset: a consumer's number (a name is hashed to one) or a group's id. */
export interface OffsetOwner {
  readonly kind: "consumer" | "group";
  readonly id: number;
}

/** One change of a stored offset, as the journal holds it. */
export interface OffsetEntry {
  readonly incarnation: number;
  /** See `ownerKey`. */
  readonly key: number;
  /** Nothing: the stored offset is deleted. */
  readonly offset: number | undefined;
}

export function ownerKey(owner: OffsetOwner): number {
  return owner.id * 2 + (owner.kind === "group" ? 1 : 0);
}

export function keyOwner(key: number): OffsetOwner {
  return { kind: key % 2 === 1 ? "group" : "consumer", id: Math.floor(key / 2) };
}

export function encodeEntries(entries: readonly OffsetEntry[]): Buffer {
  const bytes = Buffer.alloc(entries.length * ENTRY_SIZE);
  for (const [index, { incarnation, key, offset }] of entries.entries()) {
    const at = index * ENTRY_SIZE;
    const { kind, id } = keyOwner(key);
    bytes.writeUInt8(KIND[kind], at + 4);
    bytes.writeUInt8(offset === undefined ? ACTION.delete : ACTION.store, at + 5);
    bytes.writeUInt32LE(id, at + 8);
    bytes.writeBigUInt64LE(BigInt(incarnation), at + 16);
    bytes.writeBigUInt64LE(BigInt(offset ?? 0), at + 24);
    bytes.writeUInt32LE(xxh32(bytes.subarray(at + 4, at + ENTRY_SIZE)), at);
  }
  return bytes;
}

/** The whole entries at the beginning of a journal; what follows the first damaged one is not read. */
export function* decodeEntries(bytes: Buffer): Generator<OffsetEntry> {
  for (let at = 0; at + ENTRY_SIZE <= bytes.length; at += ENTRY_SIZE) {
    if (bytes.readUInt32LE(at) !== xxh32(bytes.subarray(at + 4, at + ENTRY_SIZE))) return;
    const kind = bytes.readUInt8(at + 4) === KIND.group ? "group" : "consumer";
    const stored = bytes.readUInt8(at + 5) === ACTION.store;
    yield {
      incarnation: Number(bytes.readBigUInt64LE(at + 16)),
      key: ownerKey({ kind, id: bytes.readUInt32LE(at + 8) }),
      offset: stored ? Number(bytes.readBigUInt64LE(at + 24)) : undefined,
    };
  }
}
