import { type MessageBatch, OutputBuffer, RejectedError, type RejectedMessage } from "@iggy-connectors/sdk";
import type { Addressing } from "../documents/addressing.ts";
import type { DocumentWriter } from "../documents/documents.ts";

/** Bytes that action and metadata take, as a first guess. */
const EXPECTED_EXTRA_BYTES = 256;

/** One bulk request: lines of an action and a document each. */
export interface BulkRequest {
  readonly body: Uint8Array;
  /** The messages in it, by their index in the batch, ascending. */
  readonly indexes: readonly number[];
  /** Where each of them goes. */
  readonly names: readonly string[];
  /** Their action lines. */
  readonly actions: readonly string[];
}

export interface RequestLimits {
  /** One document alone may be larger. */
  readonly bytes: number;
  readonly documents: number;
}

/** Makes the requests of a batch one by one, when asked, so that only those in flight are in memory. */
export class BulkRequests {
  readonly #batch: MessageBatch;
  readonly #indexes: readonly number[];
  readonly #addressing: Addressing;
  readonly #documents: DocumentWriter;
  readonly #limits: RequestLimits;
  readonly #reject: (index: number, message: RejectedMessage) => void;
  #position = 0;

  /** `reject` is called for messages that do not give a document. */
  constructor(
    batch: MessageBatch,
    indexes: readonly number[],
    writers: { readonly addressing: Addressing; readonly documents: DocumentWriter },
    limits: RequestLimits,
    reject: (index: number, message: RejectedMessage) => void,
  ) {
    this.#batch = batch;
    this.#indexes = indexes;
    this.#addressing = writers.addressing;
    this.#documents = writers.documents;
    this.#limits = limits;
    this.#reject = reject;
  }

  /** The next request, in order; undefined: no message is left. */
  next(): BulkRequest | undefined {
    const output = new OutputBuffer(this.#expectedBytes());
    const request = { indexes: [] as number[], names: [] as string[], actions: [] as string[] };
    while (this.#position < this.#indexes.length && request.indexes.length < this.#limits.documents) {
      const index = this.#indexes[this.#position]!;
      const before = output.position;
      try {
        const name = this.#addressing.index(this.#batch, index);
        const action = this.#addressing.action(this.#batch, index, name);
        output.writeText(`${action}\n`);
        this.#documents.write(this.#batch, index, output);
        if (before > 0 && output.position > this.#limits.bytes) {
          output.position = before;
          break;
        }
        request.indexes.push(index);
        request.names.push(name);
        request.actions.push(action);
      } catch (error) {
        if (!(error instanceof RejectedError)) throw error;
        output.position = before;
        this.#reject(index, { offset: this.#batch.offset(index), error });
      }
      this.#position += 1;
    }
    if (request.indexes.length === 0) return undefined;
    return { ...request, body: output.bytes.subarray(0, output.position) };
  }

  #expectedBytes(): number {
    const count = Math.min(this.#indexes.length - this.#position, this.#limits.documents);
    const average = this.#batch.payloadBytes / Math.max(1, this.#batch.length) + EXPECTED_EXTRA_BYTES;
    return Math.min(Math.ceil(average * count), this.#limits.bytes);
  }
}
