import { afterSpace, CLOSE_ARRAY, COMMA, valueEnd } from "./value-ends.ts";

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
