import { readFile } from "node:fs/promises";
import { xxh32 } from "@iggy-connectors/protocol";
import { hasCode, replaceFile } from "./file.ts";
import { SparseIndex } from "./sparse-index.ts";

/** What is known about a segment up to `covered` bytes, all of it on stable storage when the checkpoint was written. */
export interface Checkpoint {
  readonly covered: number;
  /** One past the last message's offset within the covered bytes. */
  readonly endOffset: number;
  readonly lastTimestamp: number;
  readonly index: SparseIndex;
}

// checksum u32 (XXH32 of all that follows) · version u32 · covered f64 · end offset f64 · last timestamp f64 · entries
const HEADER_SIZE = 32;
const VERSION = 1;
const ENTRY_SIZE = 24;

export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  const entries = checkpoint.index.toBytes();
  const bytes = Buffer.alloc(HEADER_SIZE + entries.length);
  bytes.writeUInt32LE(VERSION, 4);
  bytes.writeDoubleLE(checkpoint.covered, 8);
  bytes.writeDoubleLE(checkpoint.endOffset, 16);
  bytes.writeDoubleLE(checkpoint.lastTimestamp, 24);
  entries.copy(bytes, HEADER_SIZE);
  bytes.writeUInt32LE(xxh32(bytes.subarray(4)), 0);
  await replaceFile(path, [bytes]);
}

/** Reads a checkpoint; nothing when there is none or it is damaged: the log is then scanned instead. */
export async function readCheckpoint(path: string): Promise<Checkpoint | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
  if (bytes.length < HEADER_SIZE || (bytes.length - HEADER_SIZE) % ENTRY_SIZE !== 0) return undefined;
  if (bytes.readUInt32LE(0) !== xxh32(bytes.subarray(4)) || bytes.readUInt32LE(4) !== VERSION) return undefined;
  return {
    covered: bytes.readDoubleLE(8),
    endOffset: bytes.readDoubleLE(16),
    lastTimestamp: bytes.readDoubleLE(24),
    index: SparseIndex.fromBytes(bytes.subarray(HEADER_SIZE)),
  };
}
