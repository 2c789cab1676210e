// `@iggy-connectors/runtime/messages`: what a command needs that sends and reads messages by hand, without the runtime.
export type {
  HeaderEntry,
  MessageFrames,
  OutgoingMessage,
  Partition,
  Partitioning,
  PollingStrategy,
  TopicDetails,
} from "@iggy-connectors/protocol";
export { ConnectorError, errorMessage, parseByteSize, parseDuration, pause } from "@iggy-connectors/sdk";
export { formatRfc3339 } from "@iggy-connectors/sdk/internal";
export { showHeaders, showPayload } from "../../../shared/tap/show.ts";
export { parseInitialOffset } from "../../config/connector-files/initial-offset.ts";
export { MESSAGE_SCHEMAS, MessageCodec, type MessageSchema, type MessageSchemaKeys } from "./message-codec.ts";
