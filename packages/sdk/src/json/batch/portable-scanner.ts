import { MemberSpans, type MemberView, scanJson } from "../json-scan.ts";
import type { JsonTextScanner, JsonTexts } from "./json-text-scanner.ts";

const EMPTY = Buffer.alloc(0);
const NOTHING_NOTED = new Int32Array(0);

/** One text per scan, by `scanJson`. */
export class PortableScanner implements JsonTextScanner {
  readonly noted = NOTHING_NOTED;
  readonly #members = new MemberSpans();
  #bits = 0;

  get refused(): number {
    return this.#bits < 0 ? 1 : 0;
  }

  scan(texts: JsonTexts, first: number, members: boolean): number {
    const bytes = texts.bytes(first) ?? EMPTY;
    this.#bits = scanJson(bytes, texts.start(first), texts.end(first), members ? this.#members : undefined);
    return first + 1;
  }

  bits(): number {
    return this.#bits;
  }

  locate(_index: number, members: MemberView): void {
    members.spans = this.#members.spans;
    members.first = 0;
    members.length = this.#members.length;
  }

  scanToDecode(bytes: Buffer, start: number, end: number): number {
    return scanJson(bytes, start, end, undefined, true);
  }
}
