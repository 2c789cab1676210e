import { createRequire } from "node:module";

/** The part of the native module that is used. */
export interface NativeXxh3 {
  xxh64(input: Uint8Array): bigint;
}

let loaded: NativeXxh3 | null | undefined;

/**
 * The native XXH3, loaded on first use; `undefined` where the platform has no build of it.
 * One call costs several hundred nanoseconds whatever the length, so it serves long inputs only.
 */
export function nativeXxh3(): NativeXxh3 | undefined {
  if (loaded === undefined) {
    try {
      const require = createRequire(import.meta.url);
      loaded = (require("@node-rs/xxhash") as { xxh3: NativeXxh3 }).xxh3;
    } catch {
      loaded = null;
    }
  }
  return loaded ?? undefined;
}
