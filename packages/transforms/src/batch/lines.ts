import { RejectedError, toOneLine, validateJson } from "@iggy-connectors/sdk";
import { copyRange } from "@iggy-connectors/sdk/internal";
import type { BatchData } from "./batch-data.ts";

const LINE_FEED = 0x0a;
/** Written instead of the line feeds until it is known whether a payload contains one. */
const PLACEHOLDER = 0;

/** The payloads of the rows `from` … `to` − 1, `payloadBytes` in total, each followed by a line feed. */
export function joinLines(data: BatchData, from: number, to: number, payloadBytes: number): Uint8Array<ArrayBuffer> {
  const lines = Buffer.allocUnsafeSlow(payloadBytes + to - from);
  let at = 0;
  for (let row = from; row < to; row++) {
    at = copyRange(data.buffer(row), data.start(row), data.end(row), lines, at);
    lines[at++] = PLACEHOLDER;
  }
  // One native search over everything instead of one per payload: line breaks are the exception.
  const broken = lines.indexOf(LINE_FEED) >= 0;
  at = 0;
  for (let row = from; row < to; row++) {
    const end = at + data.end(row) - data.start(row);
    if (broken) joinBrokenLine(lines, at, end, data, data.index(row));
    lines[end] = LINE_FEED;
    at = end + 1;
  }
  return lines;
}

/** Puts a JSON payload that contains a line feed on one line; refuses one of another schema. */
function joinBrokenLine(lines: Buffer, start: number, end: number, data: BatchData, index: number): void {
  const feed = lines.indexOf(LINE_FEED, start);
  if (feed < 0 || feed >= end) return;
  const { schema } = data.codec;
  if (schema !== "json" || !validateJson(lines, start, end)) {
    throw new RejectedError(`the ${schema} payload at offset ${data.frames.offset(index)} contains a line break`, {
      code: "IGC_SINK_LINE_BREAK",
      place: `offset ${data.frames.offset(index)}`,
      fix: "use a format whose records may contain line breaks",
    });
  }
  toOneLine(lines, start, end);
}
