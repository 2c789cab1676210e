import {
  type JsonText,
  type JsonTextScanner,
  jsonTextScanner,
  type MemberView,
  openJson,
  openScannedJson,
} from "@iggy-connectors/sdk/internal";
import type { PlanInput } from "./plan-input.ts";

/** What a run needs of the scan of its JSON texts: scanned many at a time, as the run comes to them. Indexes ascend. */
export class ScannedTexts {
  /** The members of the text that `locate` was called with. */
  readonly members: MemberView = { spans: new Int32Array(0), first: 0, length: 0 };
  readonly #input: PlanInput;
  readonly #scanner: JsonTextScanner = jsonTextScanner();
  /** Behind the last text that was scanned. */
  #end = 0;

  constructor(input: PlanInput) {
    this.#input = input;
  }

  /** The bits of the text at an index; negative where it is not JSON. */
  bits(index: number): number {
    if (index >= this.#end) this.#end = this.#scanner.scan(this.#input, index, true);
    return this.#scanner.bits(index);
  }

  /** Makes `members` those of the text at an index, whose bits were asked for and are not negative. */
  locate(index: number): void {
    this.#scanner.locate(index, this.members);
  }

  /** As `openJson` for the text at an index. */
  open(index: number, bytes: Buffer): JsonText {
    const start = this.#input.start(index);
    const end = this.#input.end(index);
    const bits = this.bits(index);
    // Scanned again, for the error that says why.
    if (bits < 0) return openJson(bytes, start, end);
    this.locate(index);
    return openScannedJson(bytes, start, end, bits, this.members);
  }
}
