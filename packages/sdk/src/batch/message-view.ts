import type { Headers } from "@iggy-connectors/protocol";
import type { Message } from "../contract/message.ts";
import type { BatchData } from "./batch-data.ts";

/** A message of a batch: two fields, everything else is read on access. */
export class MessageView<Value> implements Message<Value> {
  readonly #data: BatchData;
  readonly #position: number;

  constructor(data: BatchData, position: number) {
    this.#data = data;
    this.#position = position;
  }

  get id(): bigint {
    return this.#data.frames.id(this.#index);
  }

  get offset(): bigint {
    return this.#data.frames.offset(this.#index);
  }

  get checksum(): bigint {
    return this.#data.frames.checksum(this.#index);
  }

  get timestamp(): number {
    return this.#data.frames.timestamp(this.#index);
  }

  get originTimestamp(): number {
    return this.#data.frames.originTimestamp(this.#index);
  }

  get headers(): Headers {
    return this.#data.frames.headers(this.#index);
  }

  get payload(): Uint8Array {
    this.#data.prepareBytes();
    const index = this.#index;
    return this.#data.buffer(index).subarray(this.#data.start(index), this.#data.end(index));
  }

  get value(): Value {
    return this.#data.value(this.#position) as Value;
  }

  get #index(): number {
    return this.#data.index(this.#position);
  }
}
