import { isUtf8 } from "node:buffer";

/** The text `bytes[start, end)`; `undefined` when the bytes are not UTF-8. */
export function readUtf8(bytes: Buffer, start: number, end: number): string | undefined {
  const text = bytes.toString("utf8", start, end);
  // A replacement character is either in the bytes or was put in the place of bytes that are not UTF-8.
  return text.includes("\ufffd") && !isUtf8(bytes.subarray(start, end)) ? undefined : text;
}
