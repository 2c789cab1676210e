import type { PartitionMembership } from "@iggy-connectors/client";
import type { OutgoingMessages, Partitioning, TopicDetails } from "@iggy-connectors/protocol";
import type { IggyAccess } from "../../shared/task/task-spec.ts";

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
  join(request: GroupRequest): Promise<PartitionMembership>;
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
  /** Read again where the send has to be repeated, until this call has ended. */
  readonly messages: OutgoingMessages;
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
