import type { CommandLayout } from "../../../command.ts";
import type { SendConfirmation } from "../../../values/resources.ts";
import { type SendMessagesRequest, sendMessages as vsr } from "../../../vsr/commands/messages/send-messages.ts";

/*
 * request: metadata length u32, { stream, topic identifiers, partitioning, message count u32 },
 *          index table and messages, together the request's `record`; see `decodeMessagesForAppend`
 * response: empty, so a client does not learn the offsets
 */
export const sendMessages: CommandLayout<SendMessagesRequest, readonly SendConfirmation[]> = {
  name: vsr.name,
  code: vsr.code,
  encodeRequest: vsr.encodeRequest,
  decodeRequest: vsr.decodeRequest,
  encodeResponse(): void {},
  decodeResponse(): readonly SendConfirmation[] {
    return [];
  },
};
