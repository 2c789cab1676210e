import { encodeBatch, indexFrames, type MessageFrames, POLL_PREFIX_SIZE } from "@iggy-connectors/protocol";

/** Payloads, at least one, as the frames of a poll, with offsets from zero and the current time. */
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
