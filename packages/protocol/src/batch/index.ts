export * from "./append.ts";
export { indexFrames, indexVerified } from "./reading/index-frames.ts";
export * from "./reading/message-frames.ts";
export type { ChecksumDepth, Corruption, ReceivedFrames } from "./reading/received-frames.ts";
export { verifyFrames } from "./reading/verify-frames.ts";
export * from "./record-header.ts";
export { POLL_PREFIX_SIZE, RECORD_HEADER_SIZE } from "./record-layout.ts";
export { BatchWriter } from "./writing/batch-writer.ts";
export { encodeBatch, encodeSendMessages, type SendRequest, writerFor } from "./writing/encode-batch.ts";
export {
  checkId,
  checkMessage,
  checkTimestamp,
  MAX_PAYLOAD_SIZE,
  MAX_TIMESTAMP_SPREAD,
} from "./writing/message-limits.ts";
export * from "./writing/outgoing-message.ts";
export * from "./writing/outgoing-ranges.ts";
export * from "./writing/partition-for-key.ts";
export type { MessageOptions, SendTarget, SendWriter } from "./writing/send-writer.ts";
