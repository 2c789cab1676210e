import {
  createPartitions,
  createStream,
  createTopic,
  deletePartitions,
  deleteSegments,
  deleteStream,
  deleteTopic,
  flushUnsavedBuffer,
  getStream,
  getStreams,
  getTopic,
  getTopics,
  type Identifier,
  purgeStream,
  purgeTopic,
  type Stream,
  type StreamDetails,
  type Topic,
  type TopicDetails,
  updateStream,
  updateTopic,
} from "@iggy-connectors/protocol";
import { CODE, IggyError } from "../errors/errors.ts";
import { SystemCommands } from "./system-commands.ts";
import { type NewTopic, type TopicUpdate, topicOptions } from "./topic-options.ts";

/** Options that not every server since 0.9 knows; one that does not refuses the whole command. */
const NOT_EVERYWHERE = ["durability", "consumer_offset_durability"];

/** Commands about streams, topics, partitions and segments. */
export class TopicCommands extends SystemCommands {
  /** Names of the topic options that the server of a session knows. */
  #known: { readonly epoch: number; readonly keys: ReadonlySet<string> } | undefined;

  getStream(stream: Identifier): Promise<StreamDetails | undefined> {
    return this.carrier.call(getStream, { stream });
  }

  getStreams(): Promise<readonly Stream[]> {
    return this.carrier.call(getStreams, undefined);
  }

  /** @throws IggyError 1012 when the name is taken. */
  createStream(name: string): Promise<StreamDetails> {
    return this.carrier.call(createStream, { name });
  }

  /** Gives the stream another name. @throws IggyError 1012 when it is taken, 1009 when there is no such stream. */
  updateStream(stream: Identifier, name: string): Promise<void> {
    return this.carrier.call(updateStream, { stream, name });
  }

  deleteStream(stream: Identifier): Promise<void> {
    return this.carrier.call(deleteStream, { stream });
  }

  /** Removes all messages and stored offsets of all its topics. */
  purgeStream(stream: Identifier): Promise<void> {
    return this.carrier.call(purgeStream, { stream });
  }

  getTopic(stream: Identifier, topic: Identifier): Promise<TopicDetails | undefined> {
    return this.carrier.call(getTopic, { stream, topic });
  }

  getTopics(stream: Identifier): Promise<readonly Topic[]> {
    return this.carrier.call(getTopics, { stream });
  }

  /**
   * Sends only the options that are given. Where one of them is not known everywhere the server is asked first.
   * @throws IggyError 2013 when the name is taken, 4041 naming the server when it does not know an option.
   */
  async createTopic(topic: NewTopic): Promise<TopicDetails> {
    const { stream, name, partitionsCount } = topic;
    const options = topicOptions(topic);
    const doubtful = NOT_EVERYWHERE.filter((key) => options.has(key));
    if (doubtful.length > 0) await this.#expectKnown(doubtful);
    return await this.carrier.call(createTopic, { stream, name, partitionsCount, options });
  }

  /** Changes what is given and leaves the rest. @throws IggyError 2013 when the name is taken. */
  updateTopic({ stream, topic, name, ...changes }: TopicUpdate): Promise<void> {
    return this.carrier.call(updateTopic, { stream, topic, name, options: topicOptions(changes) });
  }

  deleteTopic(stream: Identifier, topic: Identifier): Promise<void> {
    return this.carrier.call(deleteTopic, { stream, topic });
  }

  /** Removes all messages and stored offsets; the next message gets offset 0. */
  purgeTopic(stream: Identifier, topic: Identifier): Promise<void> {
    return this.carrier.call(purgeTopic, { stream, topic });
  }

  createPartitions(stream: Identifier, topic: Identifier, count: number): Promise<void> {
    return this.carrier.call(createPartitions, { stream, topic, partitionsCount: count });
  }

  /** Removes `count` partitions from the highest id down, with their messages. */
  deletePartitions(stream: Identifier, topic: Identifier, count: number): Promise<void> {
    return this.carrier.call(deletePartitions, { stream, topic, partitionsCount: count });
  }

  /** Removes up to `count` of a partition's oldest closed segments; offsets stay as they are. */
  deleteSegments(stream: Identifier, topic: Identifier, partition: number, count: number): Promise<void> {
    return this.carrier.call(deleteSegments, { stream, topic, partition, segmentsCount: count });
  }

  /** Writes what a partition holds in memory to disk. @throws IggyError 5 on servers since 0.9, which have no such command. */
  flushUnsavedBuffer(stream: Identifier, topic: Identifier, partition: number, fsync: boolean): Promise<void> {
    return this.carrier.call(flushUnsavedBuffer, { stream, topic, partition, fsync });
  }

  async #expectKnown(keys: readonly string[]): Promise<void> {
    const known = await this.#knownOptions();
    const unknown = keys.find((key) => !known.has(key));
    if (unknown === undefined) return;
    const { server } = this.carrier;
    throw new IggyError(CODE.unsupportedOptionKey, {
      command: createTopic.name,
      detail: `Iggy ${server?.version ?? ""} at ${server?.address} does not know the topic option ${unknown}`,
      advice: "servers know it since 0.9.0: leave it out, or upgrade the server",
    });
  }

  async #knownOptions(): Promise<ReadonlySet<string>> {
    const { epoch } = this.carrier;
    if (this.#known?.epoch === epoch) return this.#known.keys;
    const keys = new Set((await this.describeOptions("topic")).map(({ key }) => key));
    this.#known = { epoch, keys };
    return keys;
  }
}
