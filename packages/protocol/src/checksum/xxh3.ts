import { createWasmEngine } from "./wasm-engine.ts";
import type { Xxh3Engine } from "./xxh3-engine.ts";
import { portableEngine } from "./xxh3-portable.ts";

let engine: Xxh3Engine | undefined;

/** The fastest way to compute XXH3 in this process: WebAssembly, compiled on first use, or else portable code. */
export function xxh3Engine(): Xxh3Engine {
  engine ??= createWasmEngine() ?? portableEngine;
  return engine;
}

/** XXH3, 64 bit, seed 0: the hash of message frames, batches and request bodies. */
export function xxh3(bytes: Uint8Array): bigint {
  return xxh3Engine().hash(bytes);
}
