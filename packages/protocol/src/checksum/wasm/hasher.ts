import { assembleXxh3, HEAP, INITIAL_PAGES } from "./program.ts";

const PAGE_SIZE = 64 * 1024;

/** A worker keeps this much memory for hashing; larger inputs get a module of their own that is then collected. */
const KEPT_PAGES = 16;

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  hashRanges(base: number, bounds: number, count: number, skip: number, into: number): void;
}

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

/** The hash as WebAssembly. Input is copied into its memory, so one call serves as many ranges as possible. */
export class WasmHasher {
  readonly #exports: Exports;
  readonly #bytes: Uint8Array;

  constructor({ Module, Instance }: WebAssemblyApi, pages: number) {
    compiled ??= new Module(assembleXxh3());
    this.#exports = new Instance(compiled).exports as Exports;
    this.#exports.memory.grow(pages - INITIAL_PAGES);
    this.#bytes = new Uint8Array(this.#exports.memory.buffer);
  }

  /** Hashes of `count` ranges, see `xxh3Ranges`; the view is valid until the next call. */
  ranges(bytes: Uint8Array, bounds: Uint32Array, count: number, skip: number): Uint8Array {
    const into = HEAP;
    const boundsAt = into + 8 * count;
    const base = boundsAt + 4 * (count + 1);
    new Uint32Array(this.#bytes.buffer, boundsAt, count + 1).set(bounds.subarray(0, count + 1));
    this.#bytes.set(bytes, base);
    this.#exports.hashRanges(base, boundsAt, count, skip, into);
    return this.#bytes.subarray(into, into + 8 * count);
  }
}

/** Memory that `ranges` needs, in pages. */
function pagesFor(bytes: number, count: number): number {
  return Math.ceil((HEAP + bytes + 12 * (count + 1)) / PAGE_SIZE);
}

/** The module, assembled and compiled on first use: that takes a few milliseconds. */
let compiled: object | undefined;

let kept: WasmHasher | undefined;
let unavailable = false;

/** A hasher with room for this input, or `undefined` where WebAssembly is not available (it is switched off by `--jitless`). */
export function wasmHasher(bytes: number, count: number): WasmHasher | undefined {
  if (unavailable) return undefined;
  const pages = pagesFor(bytes, count);
  if (kept !== undefined && pages <= KEPT_PAGES) return kept;
  const api = (globalThis as { WebAssembly?: WebAssemblyApi }).WebAssembly;
  if (api === undefined) {
    unavailable = true;
    return undefined;
  }
  if (pages > KEPT_PAGES) return new WasmHasher(api, pages);
  kept = new WasmHasher(api, KEPT_PAGES);
  return kept;
}
