import { promisify } from "node:util";
import { constants, gzip as gzipCallback, zstdCompress as zstdCallback } from "node:zlib";
import type { Compression } from "../options.ts";

const gzip = promisify(gzipCallback);
const zstd = promisify(zstdCallback);

/** Below this a compressed body is hardly smaller. */
const COMPRESS_FROM_BYTES = 1024;
/** Level 3 keeps most of the gain on JSON at a third of the cost of the default level. */
const GZIP_LEVEL = 3;
const ZSTD_PARAMETERS = { [constants.ZSTD_c_compressionLevel]: 3 };

export interface EncodedBody {
  readonly bytes: Uint8Array | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

const NO_HEADERS = {};

export async function encodeBody(
  body: Uint8Array | string | undefined,
  compression: Compression,
): Promise<EncodedBody> {
  if (body === undefined) return { bytes: undefined, headers: NO_HEADERS };
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  if (compression === "none" || bytes.length < COMPRESS_FROM_BYTES) return { bytes, headers: NO_HEADERS };
  const compressed =
    compression === "gzip" ? await gzip(bytes, { level: GZIP_LEVEL }) : await zstd(bytes, { params: ZSTD_PARAMETERS });
  return { bytes: compressed, headers: { "content-encoding": compression } };
}
