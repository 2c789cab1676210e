import type { Permissions } from "@iggy-connectors/protocol";
import type { PermissionsEntry } from "./document.ts";

/** What the root user may do: everything, always. */
export const ROOT_PERMISSIONS: PermissionsEntry = {
  global: {
    manageServers: true,
    readServers: true,
    manageUsers: true,
    readUsers: true,
    manageStreams: true,
    readStreams: true,
    manageTopics: true,
    readTopics: true,
    pollMessages: true,
    sendMessages: true,
  },
  streams: {},
};

/** Permissions as the catalogue's file holds them. */
export function permissionsEntry({ global, streams }: Permissions): PermissionsEntry {
  return {
    global,
    streams: Object.fromEntries(
      [...streams].map(([id, stream]) => [id, { ...stream, topics: Object.fromEntries(stream.topics) }]),
    ),
  };
}

/** Permissions as replies tell them. */
export function permissionsOf({ global, streams }: PermissionsEntry): Permissions {
  const ofStreams = Object.entries(streams).map(([id, stream]) => {
    const topics = Object.entries(stream.topics).map(([topicId, topic]) => [Number(topicId), topic] as const);
    return [Number(id), { ...stream, topics: new Map(topics) }] as const;
  });
  return { global, streams: new Map(ofStreams) };
}
