import type { Options } from "./headers.ts";

/** Timestamps here are microseconds since the Unix epoch, sizes are bytes. */
export interface Stream {
  readonly id: number;
  readonly createdAt: bigint;
  readonly topicsCount: number;
  readonly size: bigint;
  readonly messagesCount: bigint;
  readonly name: string;
  readonly options: Options;
}

export interface StreamDetails extends Stream {
  readonly topics: readonly Topic[];
}

export type CompressionAlgorithm = "none" | "gzip";

/** `messageExpiry` in microseconds and `maxTopicSize` in bytes; 2⁶⁴−1 means never and unlimited. */
export interface Topic {
  readonly id: number;
  readonly createdAt: bigint;
  readonly partitionsCount: number;
  readonly messageExpiry: bigint;
  readonly compression: CompressionAlgorithm;
  readonly maxTopicSize: bigint;
  readonly size: bigint;
  readonly messagesCount: bigint;
  readonly name: string;
  /** What the creator set. */
  readonly options: Options;
  /** What the server filled in. */
  readonly derivedOptions: Options;
}

export interface Partition {
  readonly id: number;
  readonly createdAt: bigint;
  readonly segmentsCount: number;
  /** Offset of the newest message; 0 also when the partition is empty (then `messagesCount` is 0). */
  readonly currentOffset: bigint;
  readonly size: bigint;
  readonly messagesCount: bigint;
}

export interface TopicDetails extends Topic {
  readonly partitions: readonly Partition[];
}

export interface ConsumerGroup {
  readonly id: number;
  readonly partitionsCount: number;
  readonly membersCount: number;
  readonly name: string;
}

export interface ConsumerGroupMember {
  readonly id: number;
  readonly partitions: readonly number[];
}

export interface ConsumerGroupDetails extends ConsumerGroup {
  readonly members: readonly ConsumerGroupMember[];
}

/** What a member owns. `generation` grows with every change of the assignment. */
export interface GroupAssignment {
  readonly generation: bigint;
  readonly partitions: readonly number[];
}

/** `storedOffset` is the offset of the last processed message; `next` continues one after it. */
export interface ConsumerOffset {
  readonly partition: number;
  readonly currentOffset: bigint;
  readonly storedOffset: bigint;
}

export interface ClusterNode {
  readonly name: string;
  readonly ip: string;
  readonly tcpPort: number;
  readonly quicPort: number;
  readonly httpPort: number;
  readonly webSocketPort: number;
  readonly role: "leader" | "follower";
  readonly status: "healthy" | "starting" | "stopping" | "unreachable" | "maintenance";
}

export interface ClusterMetadata {
  readonly name: string;
  readonly nodes: readonly ClusterNode[];
}

export interface SendConfirmation {
  readonly streamId: number;
  readonly topicId: number;
  readonly partition: number;
  readonly baseOffset: bigint;
}

export interface LoginResult {
  readonly userId: number;
  readonly session: bigint;
  /** Packed major·2²⁰ + minor·2¹⁰ + patch. */
  readonly protocolVersion: number;
  readonly serverVersion: string;
}

export interface OptionDescription {
  readonly key: string;
  readonly kind: number;
  readonly defaultValue: Uint8Array;
  readonly description: string;
}

export interface CacheMetrics {
  readonly streamId: number;
  readonly topicId: number;
  readonly partition: number;
  readonly hits: bigint;
  readonly misses: bigint;
  readonly hitRatio: number;
}

/** `runTime` and `startTime` are microseconds, memory and disk are bytes. */
export interface Stats {
  readonly processId: number;
  readonly cpuUsage: number;
  readonly totalCpuUsage: number;
  readonly memoryUsage: bigint;
  readonly totalMemory: bigint;
  readonly availableMemory: bigint;
  readonly runTime: bigint;
  readonly startTime: bigint;
  readonly readBytes: bigint;
  readonly writtenBytes: bigint;
  readonly messagesSize: bigint;
  readonly streamsCount: number;
  readonly topicsCount: number;
  readonly partitionsCount: number;
  readonly segmentsCount: number;
  readonly messagesCount: bigint;
  readonly clientsCount: number;
  readonly consumerGroupsCount: number;
  readonly hostname: string;
  readonly osName: string;
  readonly osVersion: string;
  readonly kernelVersion: string;
  readonly serverVersion: string;
  readonly serverSemver: number;
  readonly cacheMetrics: readonly CacheMetrics[];
  readonly threadsCount: number;
  readonly freeDiskSpace: bigint;
  readonly totalDiskSpace: bigint;
}
