import { closeSync, openSync, readSync } from "node:fs";

/**
 * The text of a file that must not be larger than `limit` bytes, without a byte order mark. It never reads more than that,
 * whatever the file is: a device has no end. Throws what the file system throws, and `Error` for a larger file.
 */
export function readBoundedFile(file: string, limit: number): string {
  const descriptor = openSync(file, "r");
  try {
    const pieces: Buffer[] = [];
    let length = 0;
    for (;;) {
      const piece = Buffer.allocUnsafe(Math.min(65_536, limit + 1 - length));
      const read = readSync(descriptor, piece);
      if (read === 0) break;
      length += read;
      if (length > limit) throw new Error(`it is larger than ${limit} bytes`);
      pieces.push(piece.subarray(0, read));
    }
    return Buffer.concat(pieces)
      .toString("utf8")
      .replace(/^\ufeff/, "");
  } finally {
    closeSync(descriptor);
  }
}
