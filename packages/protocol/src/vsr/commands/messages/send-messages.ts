import type { Command } from "../../../command.ts";
import { ProtocolError } from "../../../errors.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { Reader } from "../../../primitives/reader.ts";
import type { Partitioning } from "../../../values/identifiers.ts";
import type { SendConfirmation } from "../../../values/resources.ts";
import { readPartitioning, writePartitioning } from "../../structures/fields/partitioning.ts";
import { readTopicTarget, type TopicTarget, writeTopicTarget } from "../../structures/requests/targets.ts";

/*
 * request: metadata length u32, { stream, topic identifiers, partitioning, message count u32 }, one batch record
 * response: count u32, count × { stream u32, topic u32, partition u32, base offset u64 }; empty for a duplicate.
 *           No result section.
 */
const CONFIRMATION_SIZE = 20;

export interface SendMessagesRequest extends TopicTarget {
  readonly partitioning: Partitioning;
  readonly messagesCount: number;
  /** One batch record, see `encodeBatch`; `encodeSendMessages` makes a whole frame without this copy. */
  readonly record: Uint8Array;
}

export const sendMessages: Command<SendMessagesRequest, readonly SendConfirmation[]> = {
  name: "send_messages",
  operation: OPERATION.sendMessages,
  code: 101,
  encodeRequest(writer, request) {
    const lengthAt = writer.length;
    writer.u32(0);
    writeTopicTarget(writer, request);
    writePartitioning(writer, request.partitioning);
    writer.u32(request.messagesCount).patchU32(lengthAt, writer.length - lengthAt - 4);
    writer.bytes(request.record);
  },
  /** The record is a view of the request and not yet checked, see `decodeBatchForAppend`. */
  decodeRequest(reader) {
    const metadataLength = reader.u32();
    const start = reader.position;
    const request = {
      ...readTopicTarget(reader),
      partitioning: readPartitioning(reader),
      messagesCount: reader.u32(),
    };
    if (reader.position - start !== metadataLength) {
      throw new ProtocolError(`metadata has ${reader.position - start} bytes, announced are ${metadataLength}`, start);
    }
    return { ...request, record: reader.rest() };
  },
  encodeResponse(writer, confirmations) {
    writer.u32(confirmations.length);
    for (const confirmation of confirmations) {
      writer
        .u32(confirmation.streamId)
        .u32(confirmation.topicId)
        .u32(confirmation.partition)
        .u64(confirmation.baseOffset);
    }
  },
  decodeResponse(reader) {
    const count = reader.remaining === 0 ? 0 : reader.u32();
    // Entries have 20 bytes in every version; anything else cannot be read as offsets, but the send succeeded.
    if (reader.remaining !== count * CONFIRMATION_SIZE) return [];
    return Array.from({ length: count }, () => readConfirmation(reader));
  },
};

function readConfirmation(reader: Reader): SendConfirmation {
  return {
    streamId: reader.u32(),
    topicId: reader.u32(),
    partition: reader.u32(),
    baseOffset: reader.u64(),
  };
}
