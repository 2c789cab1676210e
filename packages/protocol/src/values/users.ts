import type { Options } from "./headers.ts";

/** An inactive user keeps everything but cannot log in. */
export type UserStatus = "active" | "inactive";

/** `createdAt` in microseconds since the Unix epoch. The root user has id 0. */
export interface User {
  readonly id: number;
  readonly createdAt: bigint;
  readonly status: UserStatus;
  readonly username: string;
  /** Empty: no server knows an option of users. */
  readonly options: Options;
}

export interface UserDetails extends User {
  /** `undefined`: the user may do nothing but what every logged-in user may. */
  readonly permissions: Permissions | undefined;
}

/** Rights on everything. A right on streams covers their topics, `manage` covers `read`. */
export interface GlobalPermissions {
  readonly manageServers: boolean;
  readonly readServers: boolean;
  readonly manageUsers: boolean;
  readonly readUsers: boolean;
  readonly manageStreams: boolean;
  readonly readStreams: boolean;
  readonly manageTopics: boolean;
  readonly readTopics: boolean;
  readonly pollMessages: boolean;
  readonly sendMessages: boolean;
}

/** Rights on one stream and, by topic id, on single topics of it. */
export interface StreamPermissions {
  readonly manageStream: boolean;
  readonly readStream: boolean;
  readonly manageTopics: boolean;
  readonly readTopics: boolean;
  readonly pollMessages: boolean;
  readonly sendMessages: boolean;
  readonly topics: ReadonlyMap<number, TopicPermissions>;
}

export interface TopicPermissions {
  readonly manageTopic: boolean;
  readonly readTopic: boolean;
  readonly pollMessages: boolean;
  readonly sendMessages: boolean;
}

/**
 * A command is allowed when any right that covers it is set. Streams by their id; ids are used again after a deletion.
 */
export interface Permissions {
  readonly global: GlobalPermissions;
  readonly streams: ReadonlyMap<number, StreamPermissions>;
}

/** What a user may see of a personal access token later: the token itself is shown once, when it is created. */
export interface PersonalAccessToken {
  readonly name: string;
  /** Microseconds since the Unix epoch; `undefined` never. */
  readonly expiresAt: bigint | undefined;
}
