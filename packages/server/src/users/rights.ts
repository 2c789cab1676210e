import type { GlobalPermissions, StreamPermissions, TopicPermissions } from "@iggy-connectors/protocol";
import type { PermissionsEntry } from "../catalog/document.ts";

/** What a right is granted by: any one of the permissions listed, of everything, of the stream, of the topic. */
interface Grants {
  readonly global: readonly (keyof GlobalPermissions)[];
  readonly stream?: readonly Exclude<keyof StreamPermissions, "topics">[];
  readonly topic?: readonly (keyof TopicPermissions)[];
}

/** The table of Iggy's permissions, the same in both dialects. Reading never implies sending. */
const GRANTS = {
  readServers: { global: ["manageServers", "readServers"] },
  readUsers: { global: ["manageUsers", "readUsers"] },
  manageUsers: { global: ["manageUsers"] },
  createStream: { global: ["manageStreams"] },
  listStreams: { global: ["manageStreams", "readStreams"] },
  readStream: { global: ["manageStreams", "readStreams"], stream: ["manageStream", "readStream"] },
  manageStream: { global: ["manageStreams"], stream: ["manageStream"] },
  listTopics: {
    global: ["manageStreams", "readStreams", "manageTopics", "readTopics"],
    stream: ["manageStream", "readStream", "manageTopics", "readTopics"],
  },
  readTopic: {
    global: ["manageStreams", "readStreams", "manageTopics", "readTopics"],
    stream: ["manageStream", "readStream", "manageTopics", "readTopics"],
    topic: ["manageTopic", "readTopic"],
  },
  createTopic: { global: ["manageStreams", "manageTopics"], stream: ["manageStream", "manageTopics"] },
  manageTopic: {
    global: ["manageStreams", "manageTopics"],
    stream: ["manageStream", "manageTopics"],
    topic: ["manageTopic"],
  },
  poll: {
    global: ["pollMessages", "manageStreams", "readStreams", "manageTopics", "readTopics"],
    stream: ["pollMessages", "manageStream", "readStream", "manageTopics", "readTopics"],
    topic: ["manageTopic", "readTopic", "pollMessages"],
  },
  send: {
    global: ["sendMessages", "manageStreams", "manageTopics"],
    stream: ["sendMessages", "manageStream", "manageTopics"],
    topic: ["manageTopic", "sendMessages"],
  },
} as const satisfies Record<string, Grants>;

export type Right = keyof typeof GRANTS;

/** Whether permissions grant a right; on a stream or topic where the right is about one. */
export function grants(
  permissions: PermissionsEntry | undefined,
  right: Right,
  streamId?: number,
  topicId?: number,
): boolean {
  if (permissions === undefined) return false;
  const { global, stream, topic }: Grants = GRANTS[right];
  if (global.some((flag) => permissions.global[flag])) return true;
  const ofStream = streamId === undefined ? undefined : permissions.streams[streamId];
  if (ofStream === undefined) return false;
  if (stream?.some((flag) => ofStream[flag]) === true) return true;
  const ofTopic = topicId === undefined ? undefined : ofStream.topics[topicId];
  return ofTopic !== undefined && topic?.some((flag) => ofTopic[flag]) === true;
}
