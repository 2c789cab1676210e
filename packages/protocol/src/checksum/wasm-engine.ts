import { XXH3_MODULE_BASE64 } from "./generated/xxh3-module.ts";
import type { CheckedPoll, Xxh3Engine } from "./xxh3-engine.ts";

/*
 * The memory of an instance, which never grows:
 *   what the module keeps for itself, up to its `heap`
 *   OVERLAP + WINDOW bytes   input, copied in by pieces that stay in the processor's cache
 *   RANGES + 1 words         bounds of the ranges in the window, or where the messages of a poll start
 *   44 bytes                 with what follows, the input of a batch checksum
 *   RANGES × 8 bytes         hashes of the ranges, or checksums of the messages of a batch
 */

/** Input bytes per call, whole blocks of the hash. */
export const WINDOW = 256 * 1024;

/** Ranges per call. */
export const RANGES = 8192;

/** Bytes before the last piece of a long input that the hash may read again. */
const OVERLAP = 64;

/** Bytes of a record header that the batch checksum covers. */
const HEADER_PARTS = 44;

/** Every checksum of a poll fits; the bytes are not those of a poll. */
const SOUND = -1;
const MALFORMED = -2;

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly heap: { readonly value: number };
  readonly totals: { readonly value: number };
  hash(at: number, length: number): bigint;
  hashRanges(base: number, bounds: number, count: number, skip: number, into: number): void;
  /** SOUND, MALFORMED, or twice the index of the first message at fault, plus one where it is its batch. */
  checkPoll(body: number, length: number, total: number, starts: number, parts: number): number;
  begin(): void;
  consume(at: number, length: number): void;
  finish(at: number, length: number, total: number): bigint;
}

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

/**
 * An instance of wasm/poll.ts, or `undefined` where it cannot run: without WebAssembly (`--jitless`) or its vectors
 * (processors before 2008), and where numbers are big-endian.
 */
export function createWasmEngine(): Xxh3Engine | undefined {
  const api = (globalThis as { WebAssembly?: WebAssemblyApi }).WebAssembly;
  const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
  if (api === undefined || !littleEndian) return undefined;
  try {
    const module = new api.Module(Buffer.from(XXH3_MODULE_BASE64, "base64"));
    return new WasmEngine(new api.Instance(module).exports as Exports);
  } catch {
    return undefined;
  }
}

class WasmEngine implements Xxh3Engine {
  readonly #exports: Exports;
  readonly #memory: Uint8Array;
  readonly #window: number;
  readonly #bounds: Uint32Array;
  readonly #hashes: Uint8Array;
  readonly #totals: Float64Array;

  constructor(exports: Exports) {
    const { buffer } = exports.memory;
    this.#exports = exports;
    this.#totals = new Float64Array(buffer, exports.totals.value, 4);
    this.#memory = new Uint8Array(buffer);
    this.#window = Math.ceil(exports.heap.value / OVERLAP) * OVERLAP + OVERLAP;
    this.#bounds = new Uint32Array(buffer, this.#window + WINDOW, RANGES + 1);
    this.#hashes = new Uint8Array(buffer, this.#bounds.byteOffset + this.#bounds.byteLength + HEADER_PARTS, RANGES * 8);
  }

  hash(bytes: Uint8Array): bigint {
    if (bytes.length > WINDOW) return this.#hashByPieces(bytes);
    this.#memory.set(bytes, this.#window);
    return BigInt.asUintN(64, this.#exports.hash(this.#window, bytes.length));
  }

  hashRanges(bytes: Uint8Array, bounds: Uint32Array, count: number, skip: number, into: Uint8Array, at: number): void {
    let from = 0;
    while (from < count) {
      const start = bounds[from]!;
      const held = this.#holdBounds(bounds, from, count);
      if (held === 0) {
        const hash = this.hash(bytes.subarray(start + skip, bounds[from + 1]!));
        new DataView(into.buffer, into.byteOffset).setBigUint64(at + 8 * from, hash, true);
        from++;
      } else {
        this.#memory.set(bytes.subarray(start, bounds[from + held]!), this.#window);
        this.#exports.hashRanges(this.#window - start, this.#bounds.byteOffset, held, skip, this.#hashes.byteOffset);
        into.set(this.#hashes.subarray(0, 8 * held), at + 8 * from);
        from += held;
      }
    }
  }

  checkPoll(body: Uint8Array, total: number): CheckedPoll | undefined {
    if (body.length > WINDOW || total > RANGES) return undefined;
    this.#memory.set(body, this.#window);
    const starts = this.#bounds;
    const parts = this.#hashes.byteOffset - HEADER_PARTS;
    const result = this.#exports.checkPoll(this.#window, body.length, total, starts.byteOffset, parts);
    if (result === MALFORMED) return undefined;
    const fault =
      result === SOUND ? undefined : ({ kind: result & 1 ? "batch" : "message", index: result >> 1 } as const);
    const [payloadBytes = 0, lowestTime = 0, highestTime = 0, sumOfTimes = 0] = this.#totals;
    return { starts: starts.slice(0, total), payloadBytes, lowestTime, highestTime, sumOfTimes, fault };
  }

  /** Copies the bounds of the ranges from `from` on that fit the window, and returns how many these are. */
  #holdBounds(bounds: Uint32Array, from: number, count: number): number {
    const held = this.#bounds;
    const limit = bounds[from]! + WINDOW;
    const most = Math.min(count - from, RANGES);
    held[0] = bounds[from]!;
    for (let i = 1; i <= most; i++) {
      const bound = bounds[from + i]!;
      if (bound > limit) return i - 1;
      held[i] = bound;
    }
    return most;
  }

  /** Hash of more than a window. */
  #hashByPieces(bytes: Uint8Array): bigint {
    const { length } = bytes;
    this.#exports.begin();
    let at = 0;
    for (; length - at > WINDOW; at += WINDOW) {
      this.#memory.set(bytes.subarray(at, at + WINDOW), this.#window);
      this.#exports.consume(this.#window, WINDOW);
    }
    this.#memory.set(bytes.subarray(at - OVERLAP), this.#window - OVERLAP);
    return BigInt.asUintN(64, this.#exports.finish(this.#window, length - at, length));
  }
}
