import type { CompressionAlgorithm, HeaderValue, Identifier, Options } from "@iggy-connectors/protocol";

/** When a send or an offset write counts as done: committed by a quorum, or also on stable storage. */
export type Durability = "replicated" | "persisted";

/** Settings of a topic that can be changed later. What is left out takes the server's default, or stays as it is. */
interface TopicSettings {
  readonly compression?: CompressionAlgorithm;
  /** Microseconds; 2⁶⁴−1 never. */
  readonly messageExpiry?: bigint | number;
  /** Bytes; 2⁶⁴−1 unlimited. */
  readonly maxTopicSize?: bigint | number;
}

/** Settings that a topic is created with; names as in Iggy's catalogue of topic options. Servers since 0.9. */
export interface NewTopicSettings extends TopicSettings {
  /** Bytes. */
  readonly segmentSize?: bigint | number;
  /** Servers since 0.9.0. */
  readonly durability?: Durability;
  /** Servers since 0.9.0. */
  readonly consumerOffsetDurability?: Durability;
  readonly messagesRequiredToSave?: number;
  /** Bytes. */
  readonly sizeOfMessagesRequiredToSave?: bigint | number;
  readonly preallocateSegments?: boolean;
}

/** A topic to create. */
export interface NewTopic extends NewTopicSettings {
  readonly stream: Identifier;
  readonly name: string;
  readonly partitionsCount: number;
}

/** A topic to change; `name` is the one it has from then on. */
export interface TopicUpdate extends TopicSettings {
  readonly stream: Identifier;
  readonly topic: Identifier;
  readonly name: string;
}

const string = (value: string): HeaderValue => ({ kind: "string", value });
const uint64 = (value: bigint | number): HeaderValue => ({ kind: "uint64", value: BigInt(value) });

/**
 * The option block of a topic: only what the user asked for, because a server refuses a create for any key it does not
 * know, and not every server knows every key.
 */
export function topicOptions(topic: NewTopicSettings): Options {
  const options = new Map<string, HeaderValue>();
  const set = <T>(key: string, value: T | undefined, encode: (value: T) => HeaderValue): void => {
    if (value !== undefined) options.set(key, encode(value));
  };
  set("compression_algorithm", topic.compression, string);
  set("consumer_offset_durability", topic.consumerOffsetDurability, string);
  set("durability", topic.durability, string);
  set("max_topic_size", topic.maxTopicSize, uint64);
  set("message_expiry", topic.messageExpiry, uint64);
  set("messages_required_to_save", topic.messagesRequiredToSave, (value) => ({ kind: "uint32", value }));
  set("preallocate_segments", topic.preallocateSegments, (value) => ({ kind: "bool", value }));
  set("segment_size", topic.segmentSize, uint64);
  set("size_of_messages_required_to_save", topic.sizeOfMessagesRequiredToSave, uint64);
  return options;
}
