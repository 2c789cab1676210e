import type { Headers } from "@iggy-connectors/protocol";
import type { Message } from "@iggy-connectors/sdk";
import type { BatchData } from "./batch-data.ts";

/** A message of a batch: two fields; everything else is read on access. */
export class MessageView<Value> implements Message<Value> {
  readonly #data: BatchData;
  readonly #row: number;

  constructor(data: BatchData, row: number) {
    this.#data = data;
    this.#row = row;
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
    return this.#data.headers(this.#row);
  }

  get payload(): Uint8Array {
    this.#data.prepareBytes();
    const data = this.#data;
    const row = this.#row;
    return data.buffer(row).subarray(data.start(row), data.end(row));
  }

  get value(): Value {
    return this.#data.value(this.#row) as Value;
  }

  get #index(): number {
    return this.#data.index(this.#row);
  }
}
