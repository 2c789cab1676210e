import { type BatchWriter, type OutgoingMessages, OutgoingRanges, type SendTarget } from "@iggy-connectors/protocol";

/**
 * What a call is to do, before it is known on which session, and so in which dialect, it will be done. Until then
 * messages stay as the user gave them.
 */
export type Work =
  | { readonly kind: "request"; readonly request: unknown }
  | {
      readonly kind: "messages";
      readonly target: SendTarget;
      readonly messages: OutgoingMessages;
      /** An empty writer for them, where the dialect uses one. */
      readonly writer: (messages: OutgoingMessages) => BatchWriter;
    }
  | { readonly kind: "batch"; readonly target: SendTarget; readonly batch: BatchWriter };

/** Counted for a request whose size is not known before it is encoded; most have some tens of bytes. */
const SMALL_REQUEST = 512;
/** Of one message: its frame's header in the larger of both dialects. */
const MESSAGE_OVERHEAD = 64;

/** About how many bytes a waiting call holds. */
export function bytesOf(work: Work): number {
  if (work.kind === "request") return SMALL_REQUEST;
  if (work.kind === "batch") return SMALL_REQUEST + work.batch.byteLength;
  const { messages } = work;
  if (messages instanceof OutgoingRanges) return SMALL_REQUEST + messages.length * MESSAGE_OVERHEAD + messages.bytes;
  let bytes = SMALL_REQUEST;
  for (const { payload, headersBytes } of messages) {
    bytes += MESSAGE_OVERHEAD + payload.length + (headersBytes?.length ?? 0);
  }
  return bytes;
}
