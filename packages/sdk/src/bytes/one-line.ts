const LINE_FEED = 0x0a;
const SPACE = 0x20;

/**
 * Puts the JSON text at `start` … `end` − 1 on one line, in place. In valid JSON a raw line feed can only be white space
 * between tokens, so that a space there is the same value, and no payload can forge a line.
 */
export function toOneLine(bytes: Buffer, start: number, end: number): void {
  const text = bytes.subarray(start, end);
  for (let at = text.indexOf(LINE_FEED); at >= 0; at = text.indexOf(LINE_FEED, at + 1)) text[at] = SPACE;
}
