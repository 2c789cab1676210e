/** Bytes of JSON's grammar. */
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_ARRAY = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSE_ARRAY = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;
/** White space is this and less, in a text that is known to be JSON. */
export const SPACE = 0x20;

// In texts that are known to be JSON nothing has to be checked: these find where things end, and no more.

/** Behind the white space at `start`. */
export function afterSpace(json: Uint8Array, start: number): number {
  let at = start;
  while (json[at]! <= SPACE) at++;
  return at;
}

/** Behind the value that begins at `start`. */
export function valueEnd(json: Uint8Array, start: number): number {
  let at = start;
  let depth = 0;
  while (at < json.length) {
    const byte = json[at]!;
    if (byte === QUOTE) {
      at = stringEnd(json, at);
      if (depth === 0) return at;
      continue;
    }
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && (byte === COMMA || byte <= SPACE)) return at;
    at++;
  }
  return at;
}

/** Behind the closing quote of the string that begins at `start`. */
export function stringEnd(json: Uint8Array, start: number): number {
  let at = start + 1;
  while (json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}
