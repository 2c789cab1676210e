import type { MessageFrames } from "@iggy-connectors/protocol";
import { asBuffer } from "../bytes/as-buffer.ts";
import type { ProducedMessage } from "../contract/source.ts";

/** The payloads that a plan reads, whether they came from Iggy or from a source. Asked by index; nothing is made per message. */
export interface PayloadColumn {
  readonly length: number;
  /** The bytes among which the payload lies; `undefined` when the message has a value instead. */
  bytes(index: number): Buffer | undefined;
  start(index: number): number;
  end(index: number): number;
  /** The payload of a message without bytes. */
  value(index: number): unknown;
}

/** The payloads of a poll reply. */
export class FrameColumn implements PayloadColumn {
  readonly length: number;
  readonly #frames: MessageFrames;
  readonly #buffer: Buffer;

  constructor(frames: MessageFrames) {
    this.length = frames.length;
    this.#frames = frames;
    this.#buffer = asBuffer(frames.buffer);
  }

  bytes(): Buffer {
    return this.#buffer;
  }

  start(index: number): number {
    return this.#frames.payloadStart(index);
  }

  end(index: number): number {
    return this.#frames.payloadEnd(index);
  }

  value(): undefined {
    return undefined;
  }
}

/** The payloads that a source produced: bytes of its batch's schema, or values. */
export class ProducedColumn implements PayloadColumn {
  readonly length: number;
  readonly #messages: readonly ProducedMessage[];

  constructor(messages: readonly ProducedMessage[]) {
    this.length = messages.length;
    this.#messages = messages;
  }

  bytes(index: number): Buffer | undefined {
    const { payload } = this.#messages[index]!;
    return payload instanceof Uint8Array ? asBuffer(payload) : undefined;
  }

  start(): number {
    return 0;
  }

  end(index: number): number {
    const { payload } = this.#messages[index]!;
    return payload instanceof Uint8Array ? payload.length : 0;
  }

  value(index: number): unknown {
    return this.#messages[index]!.payload;
  }
}
