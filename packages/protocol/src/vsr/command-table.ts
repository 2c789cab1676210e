import type { Command } from "../command.ts";
import { OPERATION } from "../frames/operations.ts";
import { attachConsumerSession } from "./commands/attach-consumer-session.ts";
import { changePassword } from "./commands/change-password.ts";
import { createConsumerGroup } from "./commands/create-consumer-group.ts";
import { createPartitions } from "./commands/create-partitions.ts";
import { createPersonalAccessToken } from "./commands/create-personal-access-token.ts";
import { createStream } from "./commands/create-stream.ts";
import { createTopic } from "./commands/create-topic.ts";
import { createUser } from "./commands/create-user.ts";
import { deleteConsumerGroup } from "./commands/delete-consumer-group.ts";
import { deleteConsumerOffset } from "./commands/delete-consumer-offset.ts";
import { deletePartitions } from "./commands/delete-partitions.ts";
import { deletePersonalAccessToken } from "./commands/delete-personal-access-token.ts";
import { deleteSegments } from "./commands/delete-segments.ts";
import { deleteStream } from "./commands/delete-stream.ts";
import { deleteTopic } from "./commands/delete-topic.ts";
import { deleteUser } from "./commands/delete-user.ts";
import { describeOptions } from "./commands/describe-options.ts";
import { flushUnsavedBuffer } from "./commands/flush-unsaved-buffer.ts";
import { getClient } from "./commands/get-client.ts";
import { getClients } from "./commands/get-clients.ts";
import { getClusterMetadata } from "./commands/get-cluster-metadata.ts";
import { getConsumerGroup } from "./commands/get-consumer-group.ts";
import { getConsumerGroups } from "./commands/get-consumer-groups.ts";
import { getConsumerOffset } from "./commands/get-consumer-offset.ts";
import { getConsumerOffsetRouting } from "./commands/get-consumer-offset-routing.ts";
import { getMe } from "./commands/get-me.ts";
import { getPersonalAccessTokens } from "./commands/get-personal-access-tokens.ts";
import { getPollRouting } from "./commands/get-poll-routing.ts";
import { getSnapshot } from "./commands/get-snapshot.ts";
import { getStats } from "./commands/get-stats.ts";
import { getStream } from "./commands/get-stream.ts";
import { getStreams } from "./commands/get-streams.ts";
import { getTopic } from "./commands/get-topic.ts";
import { getTopics } from "./commands/get-topics.ts";
import { getUser } from "./commands/get-user.ts";
import { getUsers } from "./commands/get-users.ts";
import { joinConsumerGroup } from "./commands/join-consumer-group.ts";
import { leaveConsumerGroup } from "./commands/leave-consumer-group.ts";
import { loginWithPassword, loginWithToken } from "./commands/login.ts";
import { logout } from "./commands/logout.ts";
import { ping } from "./commands/ping.ts";
import { pollMessages } from "./commands/poll-messages.ts";
import { pollMessagesOnPrimary } from "./commands/poll-messages-on-primary.ts";
import { purgeStream } from "./commands/purge-stream.ts";
import { purgeTopic } from "./commands/purge-topic.ts";
import { sendMessages } from "./commands/send-messages.ts";
import { storeConsumerOffset } from "./commands/store-consumer-offset.ts";
import { syncConsumerGroup } from "./commands/sync-consumer-group.ts";
import { updatePermissions } from "./commands/update-permissions.ts";
import { updateStream } from "./commands/update-stream.ts";
import { updateTopic } from "./commands/update-topic.ts";
import { updateUser } from "./commands/update-user.ts";

/** Every command of the stable dialect that this package speaks. Both logins share operation 1, see `decodeLogin`. */
export const COMMANDS: readonly Command<unknown, unknown>[] = [
  attachConsumerSession,
  changePassword,
  createConsumerGroup,
  createPartitions,
  createPersonalAccessToken,
  createStream,
  createTopic,
  createUser,
  deleteConsumerGroup,
  deleteConsumerOffset,
  deletePartitions,
  deletePersonalAccessToken,
  deleteSegments,
  deleteStream,
  deleteTopic,
  deleteUser,
  describeOptions,
  flushUnsavedBuffer,
  getClient,
  getClients,
  getClusterMetadata,
  getConsumerGroup,
  getConsumerGroups,
  getConsumerOffset,
  getConsumerOffsetRouting,
  getMe,
  getPersonalAccessTokens,
  getPollRouting,
  getSnapshot,
  getStats,
  getStream,
  getStreams,
  getTopic,
  getTopics,
  getUser,
  getUsers,
  joinConsumerGroup,
  leaveConsumerGroup,
  loginWithPassword,
  loginWithToken,
  logout,
  ping,
  pollMessages,
  pollMessagesOnPrimary,
  purgeStream,
  purgeTopic,
  sendMessages,
  storeConsumerOffset,
  syncConsumerGroup,
  updatePermissions,
  updateStream,
  updateTopic,
  updateUser,
];

/** Operation and, for operation 2, code: what tells requests apart on the wire. */
function key(operation: number, code: number): number {
  return operation === OPERATION.nonReplicated ? operation + code * 256 : operation;
}

const BY_KEY: ReadonlyMap<number, Command<unknown, unknown>> = new Map(
  COMMANDS.filter((command) => command.operation !== OPERATION.register).map((command) => [
    key(command.operation, command.code),
    command,
  ]),
);

/** The command of a request header, or `undefined` for a login, which `decodeLogin` reads, and for what is not known. */
export function findCommand(operation: number, code: number): Command<unknown, unknown> | undefined {
  return BY_KEY.get(key(operation, code));
}
