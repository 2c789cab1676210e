import type { HeaderValue, ProducedMessages } from "@iggy-connectors/sdk";
import { LineMessages } from "./line-messages.ts";

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;
/** So many NULs at the beginning of a line are a hole; at the beginning of the file any number is. */
const NUL_RUN = 16;
const MAX_HEADER_BYTES = 255;

export interface LineRules {
  readonly maxLineBytes: number;
  readonly longLines: "split" | "skip";
  /** Whether the carriage return of a line end belongs to the line. */
  readonly keepCarriageReturn: boolean;
  /** Whether runs of NUL are holes of a file. */
  readonly skipNul: boolean;
  /** Present: every message carries `file.path` and `file.offset`. */
  readonly headerPath: string | undefined;
}

/** Bytes that follow each other in the origin, and what is known about where they stand. */
export interface LineWindow {
  readonly bytes: Buffer;
  /** Offset in the origin of `bytes[0]`. */
  readonly offset: number;
  /** Nothing will ever follow these bytes: a last line without line feed is complete. */
  readonly final: boolean;
  /** Added to a line's offset, gives the message id. */
  readonly idBase: bigint;
}

export interface LinePosition {
  readonly offset: number;
  readonly line: number;
  readonly piece: number;
}

export interface LineLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

export interface ScanResult {
  readonly messages: ProducedMessages;
  /** Behind the last byte that was delivered or skipped. */
  readonly next: LinePosition;
  readonly emptyLines: number;
  readonly skippedLines: number;
  /** Bytes of runs of NUL that were left out. */
  readonly nulBytes: number;
  /** A limit ended the scan; otherwise the bytes did. */
  readonly limited: boolean;
}

/**
 * Cuts bytes into lines without copying: each payload is a range of the window. Every byte is delivered, or is the line feed
 * behind a line, with its carriage return, or belongs to the byte order mark, a counted empty or skipped line or a counted run of NUL.
 */
export function scanLines(window: LineWindow, from: LinePosition, rules: LineRules, limits: LineLimits): ScanResult {
  const { bytes, offset, final, idBase } = window;
  const { maxLineBytes } = rules;
  const maxMessages = Math.max(1, limits.maxMessages);
  const messages = new LineMessages(bytes, idBase + BigInt(offset));
  let { line, piece } = from;
  let at = from.offset - offset;
  let payloadBytes = 0;
  let emptyLines = 0;
  let skippedLines = 0;
  let nulBytes = 0;
  let limited = false;

  while (at < bytes.length) {
    if (messages.length >= maxMessages) {
      limited = true;
      break;
    }
    if (rules.skipNul && piece === 0 && bytes[at] === 0) {
      const run = nulRun(window, at);
      nulBytes += run;
      at += run;
      if (run > 0) continue;
    }
    if (offset + at === 0 && BYTE_ORDER_MARK.every((byte, index) => bytes[index] === byte)) {
      at = BYTE_ORDER_MARK.length;
      continue;
    }
    const lineFeed = bytes.indexOf(LINE_FEED, at);
    const complete = lineFeed !== -1 || final;
    const end = lineFeed === -1 ? bytes.length : lineFeed;
    const next = lineFeed === -1 ? end : lineFeed + 1;
    const returns =
      !rules.keepCarriageReturn && lineFeed !== -1 && end > at && bytes[end - 1] === CARRIAGE_RETURN ? 1 : 0;
    const rest = end - at - returns;
    // Two bytes more than the limit prove that a line is too long; up to there its end may still come, with a carriage return.
    if (!complete && rest <= maxLineBytes + 1) break;

    if (rules.longLines === "skip" && (rest > maxLineBytes || piece > 0)) {
      at = next;
      piece = complete ? 0 : 1;
      if (complete) {
        line++;
        skippedLines++;
      }
      continue;
    }
    if (rest === 0) {
      if (piece === 0) emptyLines++;
      at = next;
      line++;
      piece = 0;
      continue;
    }
    const isLong = rest > maxLineBytes;
    const length = isLong ? cutLength(bytes, at, maxLineBytes) : rest;
    if (messages.length > 0 && payloadBytes + length > limits.maxBytes) {
      limited = true;
      break;
    }
    if (isLong || piece > 0) {
      messages.add(at, length, headersOf(rules.headerPath, offset + at, piece + 1));
    } else if (rules.headerPath !== undefined) {
      messages.add(at, length, headersOf(rules.headerPath, offset + at, 0));
    } else {
      messages.add(at, length);
    }
    payloadBytes += length;
    if (isLong) {
      at += length;
      piece++;
    } else {
      at = next;
      line++;
      piece = 0;
    }
  }
  return {
    messages: messages.messages,
    next: { offset: offset + at, line, piece },
    emptyLines,
    skippedLines,
    nulBytes,
    limited,
  };
}

/** The length of the hole at `at`; 0: these NULs are content, or it cannot be told yet. */
function nulRun({ bytes, offset, final }: LineWindow, at: number): number {
  let end = at;
  while (end < bytes.length && bytes[end] === 0) end++;
  const run = end - at;
  // The end of a run that may go on is kept, so that the rest is recognised as one.
  const whole = end < bytes.length || final;
  if (whole) return run >= NUL_RUN || offset + at === 0 ? run : 0;
  return Math.max(0, run - NUL_RUN);
}

/** At most `limit`, moved back so that no UTF-8 character is torn; the byte behind the cut is known to exist. */
function cutLength(bytes: Uint8Array, at: number, limit: number): number {
  for (let back = 0; back <= 3; back++) {
    const isContinuation = ((bytes[at + limit - back] as number) & 0xc0) === 0x80;
    if (!isContinuation) return limit - back;
  }
  return limit;
}

function headersOf(path: string | undefined, offset: number, piece: number): Map<string, HeaderValue> {
  const headers = new Map<string, HeaderValue>();
  if (path !== undefined) {
    headers.set("file.path", { kind: "string", value: path });
    headers.set("file.offset", { kind: "uint64", value: BigInt(offset) });
  }
  if (piece > 0) headers.set("file.piece", { kind: "uint32", value: piece });
  return headers;
}

/** A header value holds 1 … 255 bytes: of a longer path the end is kept, where the names differ. */
export function headerPath(path: string): string {
  let shown = path;
  while (Buffer.byteLength(shown) > MAX_HEADER_BYTES) shown = shown.slice(1);
  return shown;
}
