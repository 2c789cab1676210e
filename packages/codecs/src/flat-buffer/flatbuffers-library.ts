import { createRequire } from "node:module";
import type { Builder } from "flatbuffers";

type Library = typeof import("flatbuffers");

let library: Library | undefined;

const INITIAL_SIZE = 1024;
/** A builder that has grown for a larger message is not reused. */
const MAX_KEPT_FOR = 32 * 1024;

let kept: Builder | undefined;

/**
 * Runs `write` with an empty builder of `flatbuffers`, which is loaded when the first buffer is written: other connectors do
 * not pay for it. One builder is reused; the result is a copy.
 */
export function buildBuffer(write: (builder: Builder) => void): Uint8Array {
  library ??= createRequire(import.meta.url)("flatbuffers") as Library;
  const builder = kept ?? new library.Builder(INITIAL_SIZE);
  kept = undefined;
  builder.clear();
  write(builder);
  const bytes = Buffer.from(builder.asUint8Array());
  if (bytes.length <= MAX_KEPT_FOR) kept = builder;
  return bytes;
}
