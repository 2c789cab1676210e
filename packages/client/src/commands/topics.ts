import {
  createPartitions,
  createTopic,
  deletePartitions,
  deleteSegments,
  deleteTopic,
  flushUnsavedBuffer,
  getTopic,
  getTopics,
  type Identifier,
  purgeTopic,
  type Topic,
  type TopicDetails,
  updateTopic,
} from "@iggy-connectors/protocol";
import { KnownTopicOptions } from "./known-topic-options.ts";
import type { CommandPort } from "./port.ts";
import { type NewTopic, type TopicUpdate, topicOptions } from "./topic-options.ts";

/** Commands about topics, their partitions and segments. */
export const topicCommands = (port: CommandPort) => {
  const known = new KnownTopicOptions(port);
  return {
    getTopic(stream: Identifier, topic: Identifier): Promise<TopicDetails | undefined> {
      return port.call(getTopic, { stream, topic });
    },

    getTopics(stream: Identifier): Promise<readonly Topic[]> {
      return port.call(getTopics, { stream });
    },

    /**
     * Sends only the options that are given. Where one of them is not known everywhere the server is asked first.
     * @throws IggyError 2013 when the name is taken, 4041 naming the server when it does not know an option.
     */
    async createTopic(topic: NewTopic): Promise<TopicDetails> {
      const { stream, name, partitionsCount } = topic;
      const options = topicOptions(topic);
      await known.expectKnown(options);
      return await port.call(createTopic, { stream, name, partitionsCount, options });
    },

    /** Changes what is given and leaves the rest. @throws IggyError 2013 when the name is taken. */
    updateTopic({ stream, topic, name, ...changes }: TopicUpdate): Promise<void> {
      return port.call(updateTopic, { stream, topic, name, options: topicOptions(changes) });
    },

    deleteTopic(stream: Identifier, topic: Identifier): Promise<void> {
      return port.call(deleteTopic, { stream, topic });
    },

    /** Removes all messages and stored offsets; the next message gets offset 0. */
    purgeTopic(stream: Identifier, topic: Identifier): Promise<void> {
      return port.call(purgeTopic, { stream, topic });
    },

    createPartitions(stream: Identifier, topic: Identifier, count: number): Promise<void> {
      return port.call(createPartitions, { stream, topic, partitionsCount: count });
    },

    /** Removes `count` partitions from the highest id down, with their messages. */
    deletePartitions(stream: Identifier, topic: Identifier, count: number): Promise<void> {
      return port.call(deletePartitions, { stream, topic, partitionsCount: count });
    },

    /** Removes up to `count` of a partition's oldest closed segments; offsets stay as they are. */
    deleteSegments(stream: Identifier, topic: Identifier, partition: number, count: number): Promise<void> {
      return port.call(deleteSegments, { stream, topic, partition, segmentsCount: count });
    },

    /**
     * Writes what a partition holds in memory to disk.
     * @throws IggyError 5 on servers since 0.9, which have no such command.
     */
    flushUnsavedBuffer(stream: Identifier, topic: Identifier, partition: number, fsync: boolean): Promise<void> {
      return port.call(flushUnsavedBuffer, { stream, topic, partition, fsync });
    },
  };
};
