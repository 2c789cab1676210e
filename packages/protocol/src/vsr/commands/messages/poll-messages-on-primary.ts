import type { ReceivedFrames } from "../../../batch/reading/received-frames.ts";
import type { Command } from "../../../command.ts";
import { type PollMessagesRequest, pollMessages } from "./poll-messages.ts";

/*
 * request and response: as poll_messages
 *
 * Executed only by the partition's primary, with the attached session for groups. Servers since 0.9.0.
 */
export const pollMessagesOnPrimary: Command<PollMessagesRequest, ReceivedFrames> = {
  ...pollMessages,
  name: "poll_messages_on_primary",
  code: 104,
};
