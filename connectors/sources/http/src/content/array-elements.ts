const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;

/** The elements of a JSON array that is known to be valid, as views of its bytes; `undefined` when it is no array. */
export function arrayElements(json: Buffer, limit: number): Uint8Array[] | "too many" | undefined {
  let at = 0;
  while (json[at]! <= SPACE) at++;
  if (json[at] !== OPEN_ARRAY) return undefined;
  const elements: Uint8Array[] = [];
  let depth = 0;
  let start = ++at;
  for (; at < json.length; at++) {
    switch (json[at]) {
      case QUOTE:
        at = stringEnd(json, at);
        break;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        depth++;
        break;
      case CLOSE_OBJECT:
        depth--;
        break;
      case CLOSE_ARRAY:
      case COMMA: {
        if (depth > 0) {
          if (json[at] === CLOSE_ARRAY) depth--;
          break;
        }
        const element = trimmed(json, start, at);
        if (element.length > 0) {
          if (elements.length >= limit) return "too many";
          elements.push(element);
        }
        if (json[at] === CLOSE_ARRAY) return elements;
        start = at + 1;
      }
    }
  }
  return elements;
}

/** Position of the closing quote. */
function stringEnd(json: Buffer, open: number): number {
  let at = open + 1;
  while (json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return at;
}

function trimmed(json: Buffer, from: number, to: number): Uint8Array {
  let start = from;
  let end = to;
  while (start < end && json[start]! <= SPACE) start++;
  while (end > start && json[end - 1]! <= SPACE) end--;
  return json.subarray(start, end);
}
