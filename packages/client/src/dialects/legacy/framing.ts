import { FrameAssembler, legacy, MAX_FRAME_SIZE } from "@iggy-connectors/protocol";
import type { FrameSink, Framing } from "../../connection/transport/connection.ts";
import type { FrameBuffers } from "../../connection/transport/frame-buffers.ts";

/** Responses of an 8-byte header and a body. They carry no number: they come in the order of the requests. */
export class LegacyFraming implements Framing<Buffer> {
  readonly #assembler: FrameAssembler;

  constructor(buffers: FrameBuffers) {
    this.#assembler = new FrameAssembler((size) => buffers.take(size), MAX_FRAME_SIZE, legacy.RESPONSE_SIZING);
  }

  get isMidAnswer(): boolean {
    return this.#assembler.isMidFrame;
  }

  push(chunk: Buffer, sink: FrameSink<Buffer>): void {
    this.#assembler.push(chunk, (frame) => sink.reply(frame, undefined));
  }
}
