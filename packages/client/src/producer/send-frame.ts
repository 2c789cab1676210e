import { type BatchWriter, type OutgoingMessages, writerFor } from "@iggy-connectors/protocol";

/** What the messages of one send are encoded into. */
export class SendFrame {
  #free: BatchWriter | undefined;
  #writer: BatchWriter | undefined;
  #encodings = 0;

  constructor(free: BatchWriter | undefined) {
    this.#free = free;
  }

  /** An empty writer: another one each time, because what was encoded before may still lie in the queue of a socket. */
  take(messages: OutgoingMessages): BatchWriter {
    const writer = this.#free ?? writerFor(messages);
    this.#free = undefined;
    this.#writer = writer;
    this.#encodings += 1;
    return writer;
  }

  /** The writer that nothing else reads any more, once the send is confirmed. */
  get spent(): BatchWriter | undefined {
    return this.#encodings === 1 ? this.#writer : undefined;
  }
}

/**
 * Memory of a send that Iggy has confirmed, for the next one: a frame of its own for each would be cleared by the system
 * and collected again, which costs more than to fill it. Held weakly: once no sends follow, the collector takes it.
 */
export class SendMemory {
  #free: WeakRef<BatchWriter> | undefined;

  frame(): SendFrame {
    const free = this.#free?.deref();
    this.#free = undefined;
    return new SendFrame(free);
  }

  /** The send was confirmed, so that all of its frame has left the socket. */
  confirmed({ spent }: SendFrame): void {
    if (spent === undefined) return;
    spent.reset();
    this.#free = new WeakRef(spent);
  }
}
