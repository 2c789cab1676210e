const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;

/** The elements of an array in a text that is known to be JSON, two numbers each: start and end. */
export class ElementSpans {
  spans = new Int32Array(2 * 64);
  length = 0;

  /** Finds the elements of the array that begins at `start`. */
  find(bytes: Uint8Array, start: number): void {
    this.length = 0;
    let at = afterSpace(bytes, start + 1);
    while (bytes[at] !== CLOSE_ARRAY) {
      const end = valueEnd(bytes, at);
      this.#add(at, end);
      at = afterSpace(bytes, end);
      if (bytes[at] === COMMA) at = afterSpace(bytes, at + 1);
    }
  }

  #add(start: number, end: number): void {
    const place = this.length++ * 2;
    if (place === this.spans.length) {
      const grown = new Int32Array(place * 2);
      grown.set(this.spans);
      this.spans = grown;
    }
    this.spans[place] = start;
    this.spans[place + 1] = end;
  }
}

/** The end of the value that begins at `start`. */
function valueEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  let depth = 0;
  for (;;) {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      at = stringEnd(bytes, at);
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
}

function stringEnd(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}

function afterSpace(bytes: Uint8Array, start: number): number {
  let at = start;
  while (bytes[at]! <= SPACE) at++;
  return at;
}
