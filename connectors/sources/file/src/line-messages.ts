import {
  type HeaderValue,
  messageList,
  type PackedMessages,
  type ProducedMessage,
  type ProducedMessages,
} from "@iggy-connectors/sdk";

/** The lines of one scan as messages: packed, as long as none of them has headers of its own. */
export class LineMessages {
  readonly #bytes: Buffer;
  /** The id of a line that begins at `bytes[0]`. */
  readonly #firstId: bigint;
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #list: ProducedMessage[] | undefined;

  constructor(bytes: Buffer, firstId: bigint) {
    this.#bytes = bytes;
    this.#firstId = firstId;
  }

  get length(): number {
    return this.#list?.length ?? this.#starts.length;
  }

  add(start: number, length: number, headers?: ReadonlyMap<string, HeaderValue>): void {
    if (headers !== undefined || this.#list !== undefined) {
      this.#list ??= [...messageList(this.#packed())];
      const payload = this.#bytes.subarray(start, start + length);
      const id = this.#firstId + BigInt(start);
      this.#list.push(headers === undefined ? { payload, id } : { payload, id, headers });
      return;
    }
    this.#starts.push(start);
    this.#ends.push(start + length);
  }

  get messages(): ProducedMessages {
    return this.#list ?? this.#packed();
  }

  #packed(): PackedMessages {
    const { length } = this.#starts;
    const ids = new BigUint64Array(2 * length);
    for (let index = 0; index < length; index++) {
      const id = this.#firstId + BigInt(this.#starts[index]!);
      ids[2 * index] = BigInt.asUintN(64, id);
      ids[2 * index + 1] = id >> 64n;
    }
    return {
      length,
      bytes: this.#bytes,
      starts: Uint32Array.from(this.#starts),
      ends: Uint32Array.from(this.#ends),
      ids,
    };
  }
}
