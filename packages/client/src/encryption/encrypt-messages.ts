import { encodeHeaders, type OutgoingMessage } from "@iggy-connectors/protocol";
import type { Encryptor } from "./encryptor.ts";

/** The message as it is sent: payload and, where there are any, the block of its headers sealed, each by itself. */
export function encryptMessage(message: OutgoingMessage, encryptor: Encryptor): OutgoingMessage {
  const { id, timestamp, headers } = message;
  const block = message.headersBytes ?? (headers === undefined ? undefined : encodeHeaders(headers));
  return {
    payload: encryptor.encrypt(message.payload),
    ...(id === undefined ? {} : { id }),
    ...(timestamp === undefined ? {} : { timestamp }),
    ...(block === undefined || block.length === 0 ? {} : { headersBytes: encryptor.encrypt(block) }),
  };
}
