import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { ConsumerSession } from "../../../values/routing.ts";
import { EMPTY_RESPONSE } from "../../structures/fields/empty.ts";
import { readConsumerSession, writeConsumerSession } from "../../structures/records/consumer-session.ts";

/*
 * request: consumer session · response: empty
 *
 * Lets the connection it is sent on act with the group memberships of another session of the same user. Servers since
 * 0.9.0, of use only in a cluster of two or more nodes.
 */
export const attachConsumerSession: Command<ConsumerSession, undefined> = {
  name: "attach_consumer_session",
  operation: OPERATION.nonReplicated,
  code: 14,
  encodeRequest: writeConsumerSession,
  decodeRequest: readConsumerSession,
  ...EMPTY_RESPONSE,
};
