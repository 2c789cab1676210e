import type { MemberView } from "../json-scan.ts";
import { PortableScanner } from "./portable-scanner.ts";
import { createWasmScanner } from "./wasm-scanner.ts";

/** JSON texts, each a range of some buffer. A text without bytes counts as one that is not JSON. */
export interface JsonTexts {
  readonly length: number;
  bytes(index: number): Buffer | undefined;
  start(index: number): number;
  end(index: number): number;
}

/**
 * Does for many texts what `scanJson` does for one. What it found is valid until the next scan, by whomever in this thread: there is one
 * scanner for all.
 */
export interface JsonTextScanner {
  /** How many of the texts of the last scan are not JSON. */
  readonly refused: number;
  /**
   * Scans texts from `first` on, which must be less than their number, and returns the index after the last that it took: at
   * least one, as many as fit. `members`: the members of top-level objects are wanted.
   */
  scan(texts: JsonTexts, first: number, members: boolean): number;
  /**
   * The bits of `scanJson` for a text of the last scan; negative, without saying why, where it is not JSON. `JSON_SAME_KEYS` is added where
   * members were wanted, the text before was of the same scan, and both have the same keys, byte for byte.
   */
  bits(index: number): number;
  /** Makes `members` those of a text of the last scan. */
  locate(index: number, members: MemberView): void;
  /**
   * Scans one text that is to be decoded; what the last `scan` found stays. The bits of `scanJson` with `toDecode`, except that numbers
   * may be noted instead of making the text `JSON_INEXACT`: how many is `bits >> NOTED_SHIFT`. Negative, without saying why, where it is
   * not JSON.
   */
  scanToDecode(bytes: Buffer, start: number, end: number): number;
  /**
   * What the last `scanToDecode` noted, three words each: how many numbers are before it in the text, where it begins and ends, from
   * the start of the text. The platform's parser may not read it exactly.
   */
  readonly noted: Int32Array;
}

let scanner: JsonTextScanner | undefined;

/** The fastest scanner of this thread: WebAssembly, compiled on first use, or else portable code. */
export function jsonTextScanner(): JsonTextScanner {
  scanner ??= createWasmScanner() ?? new PortableScanner();
  return scanner;
}
