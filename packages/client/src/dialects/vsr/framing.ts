import {
  decodeEviction,
  decodeReplyHead,
  FRAME_COMMAND,
  FrameAssembler,
  frameCommand,
  HEADER_SIZE,
  ProtocolError,
  type ReplyHead,
} from "@iggy-connectors/protocol";
import type { Address } from "../../configuration/address.ts";
import type { FrameSink, Framing } from "../../connection/transport/connection.ts";
import type { FrameBuffers } from "../../connection/transport/frame-buffers.ts";
import { CODE, IggyError } from "../../errors/errors.ts";
import { evictionError } from "./evictions.ts";

/** One answer; `body` is a view of the received frame and keeps it alive. */
export interface VsrReply {
  readonly header: ReplyHead;
  readonly body: Buffer;
}

/** Iggy's codes are far below; a higher number is not a status but the text of another protocol. */
const HIGHEST_STATUS = 100_000;

/** A server of 0.8 or older answered: it speaks the legacy dialect. */
export class OlderServerError extends IggyError {
  constructor(address: Address) {
    super(CODE.incompatibleProtocol, {
      detail: `${address.text} does not speak the protocol of Iggy 0.9`,
      advice: "servers of 0.8 and older speak another protocol: leave `protocol` at auto, or set it to legacy",
    });
  }
}

/** Frames of a 256-byte header and a body. */
export class VsrFraming implements Framing<VsrReply> {
  /** Answers carry numbers. */
  readonly isMidAnswer = false;
  readonly #address: Address;
  readonly #assembler: FrameAssembler;
  #started = false;

  constructor(address: Address, buffers: FrameBuffers) {
    this.#address = address;
    this.#assembler = new FrameAssembler((size) => buffers.take(size));
  }

  push(chunk: Buffer, sink: FrameSink<VsrReply>): void {
    if (!this.#started) this.#refuseOlderProtocol(chunk);
    this.#assembler.push(chunk, (frame) => this.#accept(frame, sink));
  }

  #accept(frame: Buffer, sink: FrameSink<VsrReply>): void {
    const command = frameCommand(frame);
    if (command === FRAME_COMMAND.eviction) {
      sink.end(evictionError(decodeEviction(frame), this.#address));
      return;
    }
    if (command !== FRAME_COMMAND.reply) {
      throw new ProtocolError(`frame command ${command} is neither a reply nor an eviction`);
    }
    const header = decodeReplyHead(frame);
    sink.reply({ header, body: frame.subarray(HEADER_SIZE) }, header.request);
  }

  /** Iggy 0.8 and older answer our first frame with errors of their own framing: a nonzero status and the length 0. */
  #refuseOlderProtocol(chunk: Buffer): void {
    this.#started = true;
    if (chunk.length < 4 || chunk.readUInt32LE(0) === 0) return;
    const older = chunk.readUInt32LE(0) < HIGHEST_STATUS && (chunk.length < 8 || chunk.readUInt32LE(4) === 0);
    if (!older) throw new ProtocolError("the first bytes are neither of Iggy 0.9 nor of an older one", 0);
    throw new OlderServerError(this.#address);
  }
}
