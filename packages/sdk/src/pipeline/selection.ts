/** The indexes that go on, in order. Nothing is allocated as long as none is left out. */
export class Selection {
  readonly #first: number;
  readonly #end: number;
  #kept: Uint32Array | undefined;
  #length = 0;

  constructor(first: number, end: number) {
    this.#first = first;
    this.#end = end;
  }

  keep(index: number): void {
    if (this.#kept !== undefined) this.#kept[this.#length++] = index;
  }

  drop(index: number): void {
    if (this.#kept !== undefined) return;
    this.#kept = new Uint32Array(this.#end - this.#first);
    while (this.#first + this.#length < index) {
      this.#kept[this.#length] = this.#first + this.#length;
      this.#length++;
    }
  }

  /** `undefined`: all of them. */
  get indexes(): Uint32Array | undefined {
    return this.#kept?.subarray(0, this.#length);
  }
}
