import type { GlobalPermissions, StreamPermissions, TopicPermissions, UserStatus } from "@iggy-connectors/protocol";

/**
 * Everything the server knows besides messages and offsets, as it is saved: one immutable value, replaced as a whole.
 * Ids of streams, topics, groups and users are never used again. Times are microseconds since the Unix epoch.
 */
export interface CatalogDocument {
  readonly version: 1;
  /** Log positions below this may have been handed out; a start continues from here, so positions never repeat. */
  readonly positionCeiling: number;
  readonly nextStreamId: number;
  readonly nextIncarnation: number;
  readonly streams: readonly StreamEntry[];
  readonly nextUserId: number;
  /** Empty until the first start has made the root user. */
  readonly users: readonly UserEntry[];
}

export interface StreamEntry {
  readonly id: number;
  readonly name: string;
  readonly createdAt: number;
  readonly nextTopicId: number;
  readonly topics: readonly TopicEntry[];
}

export interface TopicEntry {
  readonly id: number;
  readonly name: string;
  readonly createdAt: number;
  /** What the creator set, key → text; `topic-options.ts` gives it its type. */
  readonly options: Readonly<Record<string, string>>;
  readonly nextGroupId: number;
  /** Ascending by id, without gaps. */
  readonly partitions: readonly PartitionEntry[];
  readonly groups: readonly GroupEntry[];
}

export interface PartitionEntry {
  readonly id: number;
  readonly createdAt: number;
  /** Names the partition's folder and its stored offsets; a purge gives a new one, which makes it atomic. */
  readonly incarnation: number;
}

export interface GroupEntry {
  readonly id: number;
  readonly name: string;
}

export interface UserEntry {
  /** 0: the root user. */
  readonly id: number;
  readonly username: string;
  readonly createdAt: number;
  readonly status: UserStatus;
  /** See `Passwords`. */
  readonly passwordHash: string;
  /** Nothing: what every logged-in user may. The root user's are not read from here. */
  readonly permissions?: PermissionsEntry | undefined;
  readonly tokens: readonly TokenEntry[];
}

export interface TokenEntry {
  readonly name: string;
  /** See `tokenHash`. */
  readonly hash: string;
  /** Nothing: never. */
  readonly expiresAt?: number | undefined;
}

/** Streams and topics by their ids. */
export interface PermissionsEntry {
  readonly global: GlobalPermissions;
  readonly streams: Readonly<Record<number, StreamPermissionsEntry>>;
}

interface StreamPermissionsEntry extends Omit<StreamPermissions, "topics"> {
  readonly topics: Readonly<Record<number, TopicPermissions>>;
}

export const EMPTY_CATALOG: CatalogDocument = {
  version: 1,
  positionCeiling: 1,
  nextStreamId: 0,
  nextIncarnation: 1,
  streams: [],
  nextUserId: 0,
  users: [],
};
