/**
 * What a loss of power leaves of a file's unsynced changes: none, all, the first half with one torn, the second half
 * without the first, or the length with zeros instead of the content.
 */
export type SurvivingData = "none" | "all" | "first-half" | "second-half" | "zeros";

type Change = { readonly bytes: Buffer; readonly position: number } | { readonly length: number };

/** A file's content as processes see it, and as it is on stable storage. */
export class Inode {
  data = Buffer.alloc(0);
  #stable = Buffer.alloc(0);
  #unsynced: Change[] = [];

  get size(): number {
    return this.data.length;
  }

  read(target: Uint8Array, at: number, length: number, position: number): number {
    const bytes = this.data.subarray(position, position + length);
    target.set(bytes, at);
    return bytes.length;
  }

  write(bytes: Buffer, position: number): void {
    this.#change({ bytes: Buffer.from(bytes), position });
  }

  truncate(length: number): void {
    this.#change({ length });
  }

  sync(): void {
    this.#stable = this.#unsynced.reduce(changed, this.#stable);
    this.#unsynced = [];
  }

  loseUnsynced(): void {
    this.#unsynced = [];
  }

  /** The file after a stop, all of it on stable storage. */
  after(survivors: SurvivingData): Inode {
    const next = new Inode();
    next.data = Buffer.from(this.#surviving(survivors));
    next.#stable = next.data;
    return next;
  }

  #surviving(survivors: SurvivingData): Buffer {
    const changes = this.#unsynced;
    const half = changes.length >> 1;
    switch (survivors) {
      case "none":
        return this.#stable;
      case "all":
        return this.data;
      case "first-half": {
        const torn = changes[half];
        const tail: Change[] =
          torn !== undefined && "bytes" in torn
            ? [{ bytes: torn.bytes.subarray(0, torn.bytes.length >> 1), position: torn.position }]
            : [];
        return [...changes.slice(0, half), ...tail].reduce(changed, this.#stable);
      }
      case "second-half":
        return changes.slice(half).reduce(changed, this.#stable);
      case "zeros":
        return resized(this.#stable, Math.max(this.#stable.length, this.data.length));
    }
  }

  #change(change: Change): void {
    this.#unsynced.push(change);
    this.data = changed(this.data, change);
  }
}

function changed(content: Buffer<ArrayBuffer>, change: Change): Buffer<ArrayBuffer> {
  if ("length" in change) return resized(content, change.length);
  const next = resized(content, Math.max(content.length, change.position + change.bytes.length));
  change.bytes.copy(next, change.position);
  return next;
}

function resized(content: Buffer, length: number): Buffer<ArrayBuffer> {
  const next = Buffer.alloc(length);
  content.copy(next);
  return next;
}
