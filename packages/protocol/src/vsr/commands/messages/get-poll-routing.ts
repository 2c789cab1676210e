import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { PartitionRouting } from "../../../values/routing.ts";
import { readPartitionRouting, writePartitionRouting } from "../../structures/records/consumer-session.ts";
import { type PollMessagesRequest, pollMessages } from "./poll-messages.ts";

/*
 * request: as poll_messages · response: routing
 *
 * Asks the node of one's own session where to poll. Servers since 0.9.0, of use only in a cluster.
 */
export const getPollRouting: Command<PollMessagesRequest, PartitionRouting> = {
  name: "get_poll_routing",
  operation: OPERATION.nonReplicated,
  code: 103,
  encodeRequest: pollMessages.encodeRequest,
  decodeRequest: pollMessages.decodeRequest,
  encodeResponse: writePartitionRouting,
  decodeResponse: readPartitionRouting,
};
