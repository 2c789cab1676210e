import { sliceRecord } from "@iggy-connectors/protocol";
import { messagesThatFit, recordBaseOffset, recordCount, recordLength } from "./record.ts";

/**
 * Gathers the answer of one poll from records in offset order: neighbouring whole records of one buffer become one
 * piece, a record that is cut at either end becomes a slice with a header of its own.
 */
export class RecordCollector {
  readonly pieces: Buffer[] = [];
  /** Bytes of all pieces. */
  bytes = 0;
  /** Messages in all pieces. */
  count = 0;
  /** Offset of the last message; meaningful once `count` is above 0. */
  lastOffset = 0;
  /** No more records are wanted. */
  done: boolean;

  #next: number;
  #left: number;
  readonly #maxBytes: number;
  #run: Buffer | undefined;
  #runStart = 0;
  #runEnd = 0;

  /** At most `count` messages from offset `from` on, and at most `maxBytes` of records, but at least one message. */
  constructor(from: number, count: number, maxBytes: number) {
    this.#next = from;
    this.#left = count;
    this.#maxBytes = maxBytes;
    this.done = count === 0;
  }

  /** The offset the next record has to hold or follow. */
  get next(): number {
    return this.#next;
  }

  /** Offers the whole record at `at`; one that lies before the wanted range is passed over. */
  take(buffer: Buffer, at: number): void {
    const base = recordBaseOffset(buffer, at);
    const messages = recordCount(buffer, at);
    if (base + messages <= this.#next) return;
    const length = recordLength(buffer, at);
    const left = this.#maxBytes - this.bytes;
    if (length > left && this.count > 0) {
      this.done = true;
      return;
    }
    const skipped = Math.max(0, this.#next - base);
    let taken = Math.min(messages - skipped, this.#left);
    if (length > left) taken = Math.min(taken, messagesThatFit(buffer, at, skipped, left));
    if (taken === messages) this.#extendRun(buffer, at, length);
    else this.#addPiece(sliceRecord(buffer.subarray(at, at + length), skipped, taken));

    this.count += taken;
    this.#left -= taken;
    this.#next = base + skipped + taken;
    this.lastOffset = this.#next - 1;
    if (this.#left === 0 || this.bytes >= this.#maxBytes || skipped + taken < messages) this.done = true;
  }

  /** Completes the pieces; call once, after the last record. */
  finish(): void {
    if (this.#run === undefined) return;
    this.pieces.push(
      this.#runStart === 0 && this.#runEnd === this.#run.length
        ? this.#run
        : this.#run.subarray(this.#runStart, this.#runEnd),
    );
    this.#run = undefined;
  }

  #extendRun(buffer: Buffer, at: number, length: number): void {
    if (this.#run !== buffer || this.#runEnd !== at) {
      this.finish();
      this.#run = buffer;
      this.#runStart = at;
    }
    this.#runEnd = at + length;
    this.bytes += length;
  }

  #addPiece(piece: Buffer): void {
    this.finish();
    this.pieces.push(piece);
    this.bytes += piece.length;
  }
}
