import { RECORD_HEADER_SIZE } from "@iggy-connectors/protocol";
import { type Files, readFully } from "../disk/files.ts";
import { isRecordHeader, recordLength } from "./record.ts";

/** What to do after a record: go on to the next one, or stop in front of this one. */
type WalkStep = "next" | "stop";

/** Sees one whole record that starts at `at` in `window`, and at `position` in the file. */
export type RecordVisitor = (window: Buffer, at: number, position: number) => WalkStep;

/**
 * Walks the records of a segment file from `start` to `end` in reads of about `windowSize` bytes.
 *
 * @returns the position where it stopped: `end`, the record the visitor stopped at, or the first bytes that are no
 *   whole record. Windows are never reused, so a visitor may keep views of them.
 */
export async function walkRecords(
  files: Files,
  descriptor: number,
  start: number,
  end: number,
  windowSize: number,
  visit: RecordVisitor,
): Promise<number> {
  let position = start;
  let wanted = Math.max(windowSize, RECORD_HEADER_SIZE);
  while (position < end) {
    const window = Buffer.allocUnsafeSlow(Math.min(wanted, end - position));
    const available = await readFully(files, descriptor, window, window.length, position);
    let at = 0;
    while (at + RECORD_HEADER_SIZE <= available) {
      if (!isRecordHeader(window, at)) return position + at;
      const length = recordLength(window, at);
      if (at + length > available) break;
      if (visit(window, at, position + at) === "stop") return position + at;
      at += length;
    }
    if (at === 0) {
      // The record is larger than the window: read exactly it, if the file holds it at all.
      if (available < RECORD_HEADER_SIZE) return position;
      const length = recordLength(window, 0);
      if (position + length > end || available < window.length) return position;
      wanted = length;
      continue;
    }
    position += at;
    wanted = Math.max(windowSize, RECORD_HEADER_SIZE);
  }
  return position;
}
