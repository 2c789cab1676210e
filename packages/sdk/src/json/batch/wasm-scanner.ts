import { type MemberView, NOTED_SHIFT } from "../json-scan.ts";
import { JSON_SCAN_MODULE_BASE64 } from "./generated/json-scan-module.ts";
import type { JsonTextScanner, JsonTexts } from "./json-text-scanner.ts";
import { PortableScanner } from "./portable-scanner.ts";

/*
 * The memory of an instance, which never grows:
 *   what the module keeps for itself, up to its `heap`
 *   WINDOW + BEHIND bytes   texts, copied in with what lies between them, by pieces that stay in the processor's cache
 *   TEXTS × 3 words         where each text lies
 *   TEXTS × 2 words         what was found in it
 *   MEMBERS × 3 words       the members of all
 */

/** Bytes per call. A longer text is scanned by the portable code. */
export const WINDOW = 256 * 1024;

/** The module reads up to so many bytes behind a text, and uses the first of them. */
const BEHIND = 64;

/** Texts per call. */
export const TEXTS = 4096;

/** Members per call. A text with more is scanned by the portable code. */
export const MEMBERS = 16 * 1024;

/** Numbers noted in a text that is to be decoded; one with more is `JSON_INEXACT`. */
export const MOST_NOTED = 256;

/** Texts of one buffer with more between them are copied each by itself. */
const LARGEST_GAP = 4096;

const ALIGNMENT = 64;
/** Words of a text's entry, of its result, of a member. */
const TEXT_WORDS = 3;
const RESULT_WORDS = 2;
const MEMBER_WORDS = 3;
const NOTED_WORDS = 3;

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly heap: { readonly value: number };
  readonly notedNumbers: { readonly value: number };
  scanTexts(texts: number, count: number, results: number, members: number, room: number): number;
  scanToDecode(start: number, end: number): number;
}

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

/**
 * An instance of wasm/json-scan.ts, or `undefined` where it cannot run: without WebAssembly (`--jitless`) or its vectors
 * (processors before 2008), and where numbers are big-endian. As `createWasmEngine` of the package `protocol`, which this one may not
 * import.
 */
export function createWasmScanner(): JsonTextScanner | undefined {
  const api = (globalThis as { WebAssembly?: WebAssemblyApi }).WebAssembly;
  const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
  if (api === undefined || !littleEndian) return undefined;
  try {
    const module = new api.Module(Buffer.from(JSON_SCAN_MODULE_BASE64, "base64"));
    return new WasmScanner(new api.Instance(module).exports as Exports);
  } catch {
    return undefined;
  }
}

class WasmScanner implements JsonTextScanner {
  refused = 0;
  readonly noted = new Int32Array(MOST_NOTED * NOTED_WORDS);
  readonly #exports: Exports;
  readonly #memory: Buffer;
  /** What the module has noted, with addresses. */
  readonly #noted: Int32Array;
  readonly #window: number;
  readonly #texts: Int32Array;
  readonly #results: Int32Array;
  readonly #members: Int32Array;
  /** For a text that is too large; with what it found if the last scan was of such a one. */
  readonly #portable = new PortableScanner();
  #isLarge = false;
  /** The first text of the last scan. */
  #first = 0;

  constructor(exports: Exports) {
    const { buffer } = exports.memory;
    this.#exports = exports;
    this.#memory = Buffer.from(buffer);
    this.#noted = new Int32Array(buffer, exports.notedNumbers.value, MOST_NOTED * NOTED_WORDS);
    this.#window = Math.ceil(exports.heap.value / ALIGNMENT) * ALIGNMENT;
    this.#texts = new Int32Array(buffer, this.#window + WINDOW + BEHIND, TEXTS * TEXT_WORDS);
    this.#results = new Int32Array(buffer, endOf(this.#texts), TEXTS * RESULT_WORDS);
    this.#members = new Int32Array(buffer, endOf(this.#results), MEMBERS * MEMBER_WORDS);
  }

  scan(texts: JsonTexts, first: number, members: boolean): number {
    const held = this.#hold(texts, first);
    const scanned = held === 0 ? 0 : this.#scanHeld(held, members);
    this.#first = first;
    this.#isLarge = scanned === 0;
    if (scanned > 0) return first + scanned;
    const end = this.#portable.scan(texts, first, members);
    this.refused = this.#portable.refused;
    return end;
  }

  bits(index: number): number {
    return this.#isLarge ? this.#portable.bits() : this.#results[(index - this.#first) * RESULT_WORDS]!;
  }

  locate(index: number, members: MemberView): void {
    if (this.#isLarge) {
      this.#portable.locate(index, members);
      return;
    }
    const place = (index - this.#first) * RESULT_WORDS;
    members.spans = this.#members;
    members.first = place === 0 ? 0 : this.#results[place - 1]!;
    members.length = this.#results[place + 1]! - members.first;
  }

  scanToDecode(bytes: Buffer, start: number, end: number): number {
    if (end - start > WINDOW) return this.#portable.scanToDecode(bytes, start, end);
    const window = this.#window;
    bytes.copy(this.#memory, window, start, end);
    const result = this.#exports.scanToDecode(window, window + end - start);
    if (result >= 1 << NOTED_SHIFT) this.#readNoted(result >> NOTED_SHIFT);
    return result;
  }

  #readNoted(count: number): void {
    for (let word = 0; word < count * NOTED_WORDS; word += NOTED_WORDS) {
      this.noted[word] = this.#noted[word]!;
      this.noted[word + 1] = this.#noted[word + 1]! - this.#window;
      this.noted[word + 2] = this.#noted[word + 2]! - this.#window;
    }
  }

  /** Copies the texts from `first` on that fit the window, and returns how many these are. */
  #hold(texts: JsonTexts, first: number): number {
    const entries = this.#texts;
    const most = Math.min(texts.length - first, TEXTS);
    /** Texts of one buffer are copied in one piece, with what lies between them. */
    let source: Buffer | undefined;
    let sourceStart = 0;
    let sourceEnd = 0;
    let at = this.#window;
    const limit = at + WINDOW;
    let count = 0;
    for (; count < most; count++) {
      const bytes = texts.bytes(first + count);
      const start = texts.start(first + count);
      const end = texts.end(first + count);
      // A negative gap is a large one here.
      if (bytes !== source || bytes === undefined || (start - sourceEnd) >>> 0 > LARGEST_GAP) {
        at = this.#copy(source, sourceStart, sourceEnd, at);
        source = bytes;
        sourceStart = start;
        sourceEnd = start;
      }
      if (at + end - sourceStart > limit) break;
      sourceEnd = end;
      const shift = sourceStart - at;
      const entry = count * TEXT_WORDS;
      entries[entry] = start - shift;
      entries[entry + 1] = end - shift;
      entries[entry + 2] = shift;
    }
    this.#copy(source, sourceStart, sourceEnd, at);
    return count;
  }

  /** Returns where the next piece may begin. */
  #copy(source: Buffer | undefined, start: number, end: number, at: number): number {
    if (source === undefined) return at;
    // The texts of a source often have a buffer each: a view of it would cost more than the copy.
    const whole = start === 0 && end === source.length;
    this.#memory.set(whole ? source : source.subarray(start, end), at);
    return at + end - start;
  }

  /** Scans the texts that are held, and returns how many of them it did: as many as their members left room for. */
  #scanHeld(held: number, members: boolean): number {
    const results = this.#results;
    const room = members ? MEMBERS : 0;
    const { byteOffset } = this.#members;
    const scanned = this.#exports.scanTexts(this.#texts.byteOffset, held, results.byteOffset, byteOffset, room);
    let refused = 0;
    for (let text = 0; text < scanned; text++) if (results[text * RESULT_WORDS]! < 0) refused++;
    this.refused = refused;
    return scanned;
  }
}

function endOf(words: Int32Array): number {
  return words.byteOffset + words.byteLength;
}
