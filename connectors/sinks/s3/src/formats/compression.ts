import { promisify } from "node:util";
import { gzip, zstdCompress } from "node:zlib";

export type FileCompression = "none" | "gzip" | "zstd";

export const COMPRESSION_EXTENSIONS: Readonly<Record<FileCompression, string>> = {
  none: "",
  gzip: ".gz",
  zstd: ".zst",
};

const gzipped = promisify(gzip);
const zstandard = promisify(zstdCompress);

/** Compressed in one piece, off the thread that takes messages. */
export async function compress(bytes: Uint8Array, compression: FileCompression): Promise<Uint8Array> {
  switch (compression) {
    case "gzip":
      return gzipped(bytes);
    case "zstd":
      return zstandard(bytes);
    default:
      return bytes;
  }
}
