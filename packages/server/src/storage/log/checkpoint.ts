import { xxh32 } from "@iggy-connectors/protocol";
import { type Files, readIfPresent, replaceFile } from "../disk/files.ts";
import { SparseIndex } from "./sparse-index.ts";

/** How much of a segment is known; all of it was on stable storage when this was saved. */
export interface Coverage {
  readonly covered: number;
  /** One past the last message's offset within the covered bytes. */
  readonly endOffset: number;
  readonly lastTimestamp: number;
}

export interface Checkpoint extends Coverage {
  readonly index: SparseIndex;
}

// checksum u32 (XXH32 of all that follows) · version u32 · covered f64 · end offset f64 · last timestamp f64 · entries
const HEADER_SIZE = 32;
const VERSION = 1;
const ENTRY_SIZE = 24;

/** Saves a checkpoint; `entries` are those of the index within the covered bytes. */
export async function writeCheckpoint(files: Files, path: string, coverage: Coverage, entries: Buffer): Promise<void> {
  const bytes = Buffer.alloc(HEADER_SIZE + entries.length);
  bytes.writeUInt32LE(VERSION, 4);
  bytes.writeDoubleLE(coverage.covered, 8);
  bytes.writeDoubleLE(coverage.endOffset, 16);
  bytes.writeDoubleLE(coverage.lastTimestamp, 24);
  entries.copy(bytes, HEADER_SIZE);
  bytes.writeUInt32LE(xxh32(bytes.subarray(4)), 0);
  await replaceFile(files, path, [bytes]);
}

/** Reads a checkpoint; nothing when there is none or it is damaged: the log is then scanned instead. */
export async function readCheckpoint(files: Files, path: string): Promise<Checkpoint | undefined> {
  const bytes = await readIfPresent(files, path);
  if (bytes === undefined || bytes.length < HEADER_SIZE || (bytes.length - HEADER_SIZE) % ENTRY_SIZE !== 0) {
    return undefined;
  }
  if (bytes.readUInt32LE(0) !== xxh32(bytes.subarray(4)) || bytes.readUInt32LE(4) !== VERSION) return undefined;
  return {
    covered: bytes.readDoubleLE(8),
    endOffset: bytes.readDoubleLE(16),
    lastTimestamp: bytes.readDoubleLE(24),
    index: SparseIndex.fromBytes(bytes.subarray(HEADER_SIZE)),
  };
}
