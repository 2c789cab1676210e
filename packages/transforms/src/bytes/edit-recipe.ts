import { copyRange } from "@iggy-connectors/sdk/internal";
import type { FieldValue } from "../values/field-value.ts";

/** What an operation writes, with two operands. */
const COPY = 0;
const LITERAL = 1;
const VALUE = 2;
const OPERATION = 3;

/**
 * How an object is written after edits that look at nothing but keys: pieces of the original, by which members they begin and end with,
 * bytes that are always the same, and values that are computed. It holds for every object with the same keys in the same order.
 */
export class EditRecipe {
  readonly #values: readonly FieldValue[];
  #operations = new Int32Array(16 * OPERATION);
  #length = 0;
  #literals: Buffer = Buffer.alloc(256);
  #literalsEnd = 0;

  constructor(values: readonly FieldValue[]) {
    this.#values = values;
  }

  /** Begins a new recipe. */
  begin(): void {
    this.#length = 0;
    this.#literalsEnd = 0;
  }

  /** Then a piece of the original, which begins and ends at these numbers of the members' spans. */
  copy(from: number, to: number): void {
    this.#add(COPY, from, to);
  }

  /** Then `bytes` from `start` on. */
  literal(bytes: Buffer, start = 0): void {
    const from = this.#literalsEnd;
    const end = from + bytes.length - start;
    if (end > this.#literals.length) {
      const grown = Buffer.alloc(end * 2);
      this.#literals.copy(grown, 0, 0, from);
      this.#literals = grown;
    }
    this.#literalsEnd = copyRange(bytes, start, bytes.length, this.#literals, from);
    const last = this.#length - OPERATION;
    if (last >= 0 && this.#operations[last] === LITERAL) this.#operations[last + 2] = end;
    else this.#add(LITERAL, from, end);
  }

  /** Then the next value of this number. */
  value(value: number): void {
    const { json } = this.#values[value]!;
    if (json === undefined) this.#add(VALUE, value, 0);
    else this.literal(json);
  }

  /** Writes the object with these members, which begin at the number `first` of `spans`, and returns the position after it. */
  write(original: Buffer, spans: Int32Array, first: number, target: Uint8Array, start: number): number {
    const operations = this.#operations;
    const length = this.#length;
    let at = start;
    for (let place = 0; place < length; place += OPERATION) {
      const kind = operations[place]!;
      const from = operations[place + 1]!;
      const to = operations[place + 2]!;
      if (kind === COPY) at = copyRange(original, spans[first + from]!, spans[first + to]!, target, at);
      else if (kind === LITERAL) at = copyRange(this.#literals, from, to, target, at);
      else at = this.#values[from]!.write(target, at);
    }
    return at;
  }

  #add(kind: number, from: number, to: number): void {
    const place = this.#length;
    if (place === this.#operations.length) {
      const grown = new Int32Array(place * 2);
      grown.set(this.#operations);
      this.#operations = grown;
    }
    this.#operations[place] = kind;
    this.#operations[place + 1] = from;
    this.#operations[place + 2] = to;
    this.#length = place + OPERATION;
  }
}
