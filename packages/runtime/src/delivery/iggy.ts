import type {
  MessageFrames,
  OutgoingMessage,
  Partitioning,
  PollingStrategy,
  TopicDetails,
} from "@iggy-connectors/protocol";
import type { IggyAccess } from "../task/protocol.ts";

/**
 * What the data plane needs of a connection to Iggy. Kept this small so that delivery can be proved against a connection
 * that fails on command.
 */
export interface IggyConnection {
  getTopic(stream: string, topic: string): Promise<TopicDetails | undefined>;
  /** Of a stream. */
  getTopics(stream: string): Promise<readonly { readonly name: string }[]>;
  getStream(stream: string): Promise<unknown>;
  createStream(name: string): Promise<unknown>;
  createTopic(topic: TopicToCreate): Promise<unknown>;
  sendMessages(request: SendRequest): Promise<unknown>;
  /** Joins a consumer group, created if absent. */
  join(request: GroupRequest): Promise<GroupMembership>;
  close(): Promise<void>;
}

export interface TopicToCreate {
  readonly stream: string;
  readonly name: string;
  readonly partitionsCount: number;
  /** Microseconds. */
  readonly messageExpiry?: bigint | number;
  /** Bytes. */
  readonly maxTopicSize?: bigint | number;
}

export interface SendRequest {
  readonly stream: string;
  readonly topic: string;
  readonly partitioning?: Partitioning;
  readonly messages: readonly OutgoingMessage[];
}

/** One membership of a consumer group of one topic; `GroupMember` of the client is one. */
export interface GroupMembership {
  /** Partitions owned at the last look. */
  readonly assignment: readonly number[];
  sync(): Promise<{ readonly assigned: readonly number[] }>;
  /** `fenced`: the partition is not, or no longer, ours to read. */
  poll(partition: number, strategy: PollingStrategy, count: number): Promise<MessageFrames | "fenced">;
  /** The messages of a poll have ended: their memory may be used for another poll. */
  recycle(frames: MessageFrames): void;
  /** `lost`: the partition belongs to somebody else; its work must be dropped. */
  store(partition: number, offset: bigint): Promise<"stored" | "lost">;
  /** Offset of the last message that was stored as processed. */
  getOffset(partition: number): Promise<bigint | undefined>;
  leave(): Promise<void>;
}

export interface GroupRequest {
  readonly stream: string;
  readonly topic: string;
  readonly group: string;
}

/** How a task reaches Iggy. */
export interface IggyConnector {
  /** Logs in once; the listener is told of reconnects, which the connection does by itself. */
  connect(access: IggyAccess, listener: ConnectionListener): Promise<IggyConnection>;
}

export interface ConnectionListener {
  onLost(error: unknown): void;
  onRegained(): void;
}
