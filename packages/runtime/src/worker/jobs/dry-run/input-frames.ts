import { encodeBatch, indexFrames, type MessageFrames, POLL_PREFIX_SIZE } from "@iggy-connectors/protocol";

/** Payloads as the frames of a poll: offsets from zero, made now. At least one. */
export function inputFrames(payloads: readonly Uint8Array[]): MessageFrames {
  const now = Date.now() * 1000;
  const record = encodeBatch(
    payloads.map((payload) => ({ payload, timestamp: now })),
    now,
  );
  const prefix = Buffer.alloc(POLL_PREFIX_SIZE);
  prefix.writeUInt32LE(payloads.length, POLL_PREFIX_SIZE - 4);
  return indexFrames(Buffer.concat([prefix, record]));
}
