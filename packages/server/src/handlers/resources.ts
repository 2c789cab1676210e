import type {
  ConsumerGroupDetails,
  Partition,
  Stream,
  StreamDetails,
  TopicDetails,
  Topic as TopicResource,
} from "@iggy-connectors/protocol";
import type { Broker } from "../broker.ts";
import type { GroupEntry, StreamEntry } from "../catalog/document.ts";
import { optionBlocks } from "../catalog/topic-options.ts";
import type { Topic, TopicPartition } from "../topics/topic.ts";

// What the server holds, as the values that replies carry.

export function streamResource(broker: Broker, stream: StreamEntry): Stream {
  const topics = stream.topics.map((topic) => broker.topicOf(stream, topic));
  return {
    id: stream.id,
    createdAt: BigInt(stream.createdAt),
    topicsCount: topics.length,
    size: BigInt(topics.reduce((sum, topic) => sum + topic.size, 0)),
    messagesCount: BigInt(topics.reduce((sum, topic) => sum + topic.messagesCount, 0)),
    name: stream.name,
    options: new Map(),
  };
}

export function streamDetails(broker: Broker, stream: StreamEntry): StreamDetails {
  const topics = stream.topics.map((topic) => topicResource(broker.topicOf(stream, topic)));
  return { ...streamResource(broker, stream), topics };
}

export function topicResource(topic: Topic): TopicResource {
  const { entry, settings } = topic;
  const { explicit, derived } = optionBlocks(entry);
  return {
    id: entry.id,
    createdAt: BigInt(entry.createdAt),
    partitionsCount: topic.partitions.length,
    messageExpiry: settings.messageExpiry,
    compression: settings.compression,
    maxTopicSize: settings.maxTopicSize,
    size: BigInt(topic.size),
    messagesCount: BigInt(topic.messagesCount),
    name: entry.name,
    options: explicit,
    derivedOptions: derived,
  };
}

export function topicDetails(topic: Topic): TopicDetails {
  return { ...topicResource(topic), partitions: topic.partitions.map(partitionResource) };
}

function partitionResource({ id, createdAt, log }: TopicPartition): Partition {
  return {
    id,
    createdAt: BigInt(createdAt),
    segmentsCount: log.segmentsCount,
    currentOffset: currentOffset(log.nextOffset),
    size: BigInt(log.size),
    messagesCount: BigInt(log.messagesCount),
  };
}

/** The newest offset as replies tell it: 0 also when the partition is empty. */
export function currentOffset(nextOffset: number): bigint {
  return BigInt(Math.max(0, nextOffset - 1));
}

export function groupDetails(topic: Topic, entry: GroupEntry): ConsumerGroupDetails {
  const members = topic.findGroup(entry.id)?.group.members() ?? [];
  return {
    id: entry.id,
    partitionsCount: topic.partitions.length,
    membersCount: members.length,
    name: entry.name,
    members,
  };
}
