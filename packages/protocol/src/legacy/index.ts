export {
  type AppendableMessages,
  decodeMessagesForAppend,
  type RefusedMessages,
  stampMessages,
} from "./batch/append.ts";
export { indexMessages } from "./batch/index-messages.ts";
export { encodeSendMessages, MessageWriter } from "./batch/message-writer.ts";
export * from "./command-table.ts";
export * from "./commands/index.ts";
export {
  decodeRequestCode,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  encodeStatus,
  HEADER_SIZE,
  REQUEST_SIZING,
  RESPONSE_SIZING,
} from "./frames.ts";
export * from "./poll-response.ts";
export * from "./refusals.ts";
