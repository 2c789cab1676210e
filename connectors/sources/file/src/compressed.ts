import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { constants, gunzipSync } from "node:zlib";
import type { FileIdentity } from "./position.ts";

const COMPRESSED = /\.(?:gz|bz2|xz|zst|lz4|zip|Z)$/;
const HEAD = 64 * 1024;
const LENGTH_BYTES = 4;

/** Whether a name is that of a compressed file: none of lines. */
export function isCompressedForm(name: string): boolean {
  return COMPRESSED.test(name);
}

/**
 * The size of what a gzip file holds if that begins as a file of this identity; `undefined`: it is another one, or cannot be read. RFC 1952
 * ends a file with its size modulo 2³².
 */
export async function gzipOf(path: string, identity: FileIdentity): Promise<{ readonly size: number } | undefined> {
  const bytes = identity.fingerprint_bytes;
  if (bytes === 0 || !path.endsWith(".gz")) return undefined;
  try {
    await using file = await open(path);
    const { size } = await file.stat();
    const head = Buffer.alloc(Math.min(size, HEAD));
    await file.read(head, 0, head.length, 0);
    const content = gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, bytes);
    if (createHash("sha256").update(content).digest("hex") !== identity.fingerprint) return undefined;
    const tail = Buffer.alloc(LENGTH_BYTES);
    await file.read(tail, 0, LENGTH_BYTES, size - LENGTH_BYTES);
    return { size: tail.readUInt32LE(0) };
  } catch {
    return undefined;
  }
}
