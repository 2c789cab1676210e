import type { CommandLayout } from "../../command.ts";
import type { SendConfirmation } from "../../values/resources.ts";
import { type SendMessagesRequest, sendMessages as stable } from "../../vsr/commands/send-messages.ts";

/*
 * request: metadata length u32, { stream, topic identifiers, partitioning, message count u32 },
 *          index table and messages, together the request's `record`; see `decodeMessagesForAppend`
 * response: empty, so nobody learns offsets
 */
export const sendMessages: CommandLayout<SendMessagesRequest, readonly SendConfirmation[]> = {
  name: stable.name,
  code: stable.code,
  encodeRequest: stable.encodeRequest,
  decodeRequest: stable.decodeRequest,
  encodeResponse(): void {},
  decodeResponse(): readonly SendConfirmation[] {
    return [];
  },
};
