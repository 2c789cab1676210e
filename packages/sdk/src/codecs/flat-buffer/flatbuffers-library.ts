import { createRequire } from "node:module";
import type { Builder } from "flatbuffers";

type Library = typeof import("flatbuffers");

let library: Library | undefined;

/** A builder of `flatbuffers`, which is loaded when the first buffer is written: connectors without one do not pay for it. */
export function createBuilder(size: number): Builder {
  library ??= createRequire(import.meta.url)("flatbuffers") as Library;
  return new library.Builder(size);
}
