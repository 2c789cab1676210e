import type { RequestSession } from "../../frames/request-header.ts";
import type { Partitioning } from "../../values/identifiers.ts";
import type { TopicTarget } from "../../vsr/structures/requests/targets.ts";
import type { OutgoingMessage } from "./outgoing-message.ts";

/** Where a batch is sent. */
export interface SendTarget extends TopicTarget {
  readonly partitioning: Partitioning;
}

export type MessageOptions = Omit<OutgoingMessage, "payload">;

/**
 * What builds a send of one dialect in one buffer: a payload is copied once, to its place in the frame that goes to the
 * socket. Nothing per message is allocated. Lifecycle: `add` any number of messages, `finishSend`, send the view it
 * returns, then `reset` and start again: the view's memory is reused.
 */
export interface SendWriter {
  /** Messages added since the last reset. */
  readonly count: number;
  /** Bytes of the messages so far, with all that belongs to them. */
  readonly byteLength: number;
  /**
   * Copies a message into the batch. Throws `ProtocolError` naming its index when a limit is broken; the batch is then
   * as it was before.
   */
  add(payload: Uint8Array, options?: MessageOptions): this;
  /**
   * The batch as a whole frame, a view; may be called again for another target. `now` (µs) is the producer time of
   * messages without one. Throws `ProtocolError` when there is no message or the frame is too large.
   */
  finishSend(target: SendTarget, now: number, session?: RequestSession): Buffer;
  /** Forgets all messages; views returned before are no longer valid. */
  reset(): void;
}
