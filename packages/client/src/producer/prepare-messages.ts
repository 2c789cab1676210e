import { createHash } from "node:crypto";
import { checkMessage, encodeHeaders, type OutgoingMessage, ProtocolError } from "@iggy-connectors/protocol";
import { encryptMessage } from "../encryption/encrypt-messages.ts";
import { CODE, toIggyError } from "../errors/errors.ts";
import type { MessageId, ResolvedProducerOptions } from "./options.ts";

/** The low 128 bits of a hash of the payload; never 0, which would be replaced by a random id. */
const contentId: MessageId = ({ payload }) => {
  const digest = createHash("sha256").update(payload).digest();
  return (digest.readBigUInt64LE(8) << 64n) | digest.readBigUInt64LE(0) || 1n;
};

/**
 * Messages as they will lie in a batch: ids given, headers encoded, sealed where an encryptor is set. Everything that
 * can be wrong with one message is found here, before it can fail a batch that it shares with others.
 * @throws IggyError that names the message.
 */
export function prepareMessages(
  messages: readonly OutgoingMessage[],
  { ids, encryptor }: Pick<ResolvedProducerOptions, "ids" | "encryptor">,
): readonly OutgoingMessage[] {
  const idOf = ids === "random" ? undefined : ids === "content" ? contentId : ids;
  let prepared: OutgoingMessage[] | undefined;
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index]!;
    try {
      const outgoing = prepareMessage(message, idOf, encryptor);
      checkMessage(
        index,
        outgoing.payload,
        outgoing.headersBytes?.length ?? 0,
        outgoing.timestamp ?? Number.NaN,
        outgoing.id,
      );
      if (outgoing !== message) prepared ??= messages.slice(0, index);
      prepared?.push(outgoing);
    } catch (error) {
      const named = error instanceof ProtocolError && error.message.startsWith("message ");
      const detail = error instanceof Error ? error.message : String(error);
      throw toIggyError(error, CODE.invalidCommand, {
        command: "send_messages",
        detail: named ? detail : `message ${index}: ${detail}`,
        retryable: false,
      });
    }
  }
  return prepared ?? messages;
}

function prepareMessage(
  message: OutgoingMessage,
  idOf: MessageId | undefined,
  encryptor: ResolvedProducerOptions["encryptor"],
): OutgoingMessage {
  const withoutId = message.id === undefined || message.id === 0n;
  const id = withoutId ? idOf?.(message) : message.id;
  const encodes = message.headers !== undefined && message.headersBytes === undefined;
  if (encryptor !== undefined) {
    // An empty payload is refused as it is: sealed it would have a length.
    if (message.payload.length === 0) return message;
    const sealed = encryptMessage(message, encryptor);
    return id === undefined ? sealed : { ...sealed, id };
  }
  if (!encodes && id === message.id) return message;
  const headersBytes = encodes ? encodeHeaders(message.headers) : message.headersBytes;
  return {
    payload: message.payload,
    ...(id === undefined ? {} : { id }),
    ...(message.timestamp === undefined ? {} : { timestamp: message.timestamp }),
    ...(headersBytes === undefined ? {} : { headersBytes }),
  };
}
