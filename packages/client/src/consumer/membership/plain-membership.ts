import type { Identifier, MessageFrames, PollingStrategy } from "@iggy-connectors/protocol";
import type { IggyClient } from "../../client.ts";
import type { Encryptor } from "../../encryption/encryptor.ts";
import { CODE, IggyError } from "../../errors/errors.ts";
import { NO_HISTORIES, type PartitionHistories, partitionHistories } from "./partition-histories.ts";
import type { PartitionMembership } from "./partition-membership.ts";

export interface PlainOptions {
  readonly stream: Identifier;
  readonly topic: Identifier;
  /** The name or number under which offsets are stored. */
  readonly consumer: Identifier;
  /** Absent: all of the topic's, also those that are created later. */
  readonly partitions?: readonly number[];
  readonly encryptor?: Encryptor | "none";
}

/** A consumer outside of any group: it owns the partitions that it names, and none is taken away. */
export class PlainMembership implements PartitionMembership {
  readonly #client: IggyClient;
  readonly #options: PlainOptions;
  #partitions: readonly number[];
  #histories: PartitionHistories = NO_HISTORIES;

  private constructor(client: IggyClient, options: PlainOptions) {
    this.#client = client;
    this.#options = options;
    this.#partitions = options.partitions ?? [];
  }

  /** @throws IggyError 2010 when there is no such topic. */
  static async open(client: IggyClient, options: PlainOptions): Promise<PlainMembership> {
    const membership = new PlainMembership(client, options);
    await membership.sync();
    return membership;
  }

  get assignment(): readonly number[] {
    return this.#partitions;
  }

  async sync(): Promise<{ readonly assigned: readonly number[] }> {
    const { stream, topic, partitions } = this.#options;
    if (partitions === undefined) {
      const details = await this.#client.getTopic(stream, topic);
      if (details === undefined) {
        const detail = `stream ${JSON.stringify(stream)}, topic ${JSON.stringify(topic)} does not exist`;
        throw new IggyError(CODE.topicNotFound, { command: "poll_messages", detail });
      }
      this.#partitions = details.partitions.map(({ id }) => id);
      this.#histories = partitionHistories(details);
    }
    return { assigned: this.#partitions };
  }

  /** Undefined for a consumer that names its partitions: it does not ask for the topic. */
  history(partition: number): string | undefined {
    return this.#histories.get(partition);
  }

  poll(partition: number, strategy: PollingStrategy, count: number): Promise<MessageFrames> {
    const { encryptor } = this.#options;
    const target = this.#target(partition);
    return this.#client.pollMessages({
      ...target,
      strategy,
      count,
      ...(encryptor === undefined ? {} : { encryptor }),
    });
  }

  async store(partition: number, offset: bigint, history?: string): Promise<"stored" | "lost"> {
    if (history !== undefined && this.#histories.get(partition) !== history) return "lost";
    await this.#client.storeConsumerOffset({ ...this.#target(partition), offset });
    return "stored";
  }

  async getOffset(partition: number): Promise<bigint | undefined> {
    return (await this.#client.getConsumerOffset(this.#target(partition)))?.storedOffset;
  }

  recycle(frames: MessageFrames): void {
    this.#client.recycle(frames);
  }

  async leave(): Promise<void> {}

  #target(partition: number) {
    const { stream, topic, consumer } = this.#options;
    return { consumer: { kind: "consumer" as const, id: consumer }, stream, topic, partition };
  }
}
