import { join } from "node:path";
import type { Identifier } from "@iggy-connectors/protocol";
import type { GroupEntry, TopicEntry } from "../catalog/document.ts";
import { findGroup } from "../catalog/lookup.ts";
import { type TopicSettings, topicSettings, UNLIMITED } from "../catalog/topic-options.ts";
import type { Session } from "../connections/session.ts";
import { ConsumerGroup } from "../groups/group.ts";
import { OFFSETS_FILE, partitionFolderName, topicFolder } from "../storage/data-folder.ts";
import { type LogEnvironment, type LogOptions, PartitionLog } from "../storage/log/partition-log.ts";
import { type JournalOptions, OffsetsJournal } from "../storage/offsets/offsets-journal.ts";

/** What topics of one server share. */
export interface TopicEnvironment {
  readonly log: LogEnvironment;
  /** Wait for stable storage whatever a topic's options say. */
  readonly syncAlways: boolean;
  /** Milliseconds. */
  readonly rebalancingTimeout: number;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

export interface TopicPartition {
  readonly id: number;
  readonly createdAt: number;
  readonly incarnation: number;
  readonly log: PartitionLog;
}

/** An open topic: the logs of its partitions, the stored offsets and the consumer groups. */
export class Topic {
  readonly streamId: number;
  readonly offsets: OffsetsJournal;
  readonly #environment: TopicEnvironment;
  readonly #folder: string;
  readonly #groups = new Map<number, ConsumerGroup<Session>>();
  #entry: TopicEntry;
  #settings: TopicSettings;
  #partitions: TopicPartition[];
  #balanced = 0;

  private constructor(
    environment: TopicEnvironment,
    streamId: number,
    entry: TopicEntry,
    offsets: OffsetsJournal,
    partitions: TopicPartition[],
  ) {
    this.streamId = streamId;
    this.offsets = offsets;
    this.#environment = environment;
    this.#folder = topicFolder(environment.log.root, streamId, entry.id);
    this.#entry = entry;
    this.#settings = topicSettings(entry);
    this.#partitions = partitions;
    for (const { id } of entry.groups) this.#groups.set(id, this.#newGroup());
  }

  /** A topic that has no files yet; they come with what is written. */
  static create(environment: TopicEnvironment, streamId: number, entry: TopicEntry): Topic {
    const offsets = OffsetsJournal.create(environment.log, journalOptions(environment, streamId, entry));
    const topic = new Topic(environment, streamId, entry, offsets, []);
    topic.#createPartitions();
    return topic;
  }

  /** Opens what is on disk. */
  static async open(environment: TopicEnvironment, streamId: number, entry: TopicEntry): Promise<Topic> {
    const folder = topicFolder(environment.log.root, streamId, entry.id);
    const settings = topicSettings(entry);
    const partitions = await Promise.all(
      entry.partitions.map(async (partition): Promise<TopicPartition> => {
        const options = logOptions(environment, folder, partition, settings);
        return { ...partition, log: await PartitionLog.open(environment.log, options) };
      }),
    );
    const ends = new Map(partitions.map(({ incarnation, log }) => [incarnation, log.nextOffset]));
    const groups = new Set(entry.groups.map(({ id }) => id));
    const offsets = await OffsetsJournal.open(environment.log, journalOptions(environment, streamId, entry), {
      endOf: (incarnation) => ends.get(incarnation),
      hasGroup: (id) => groups.has(id),
    });
    return new Topic(environment, streamId, entry, offsets, partitions);
  }

  get entry(): TopicEntry {
    return this.#entry;
  }

  get settings(): TopicSettings {
    return this.#settings;
  }

  /** Index = partition id. */
  get partitions(): readonly TopicPartition[] {
    return this.#partitions;
  }

  get size(): number {
    return this.#partitions.reduce((sum, { log }) => sum + log.size, 0);
  }

  get messagesCount(): number {
    return this.#partitions.reduce((sum, { log }) => sum + log.messagesCount, 0);
  }

  get segmentsCount(): number {
    return this.#partitions.reduce((sum, { log }) => sum + log.segmentsCount, 0);
  }

  /** The next partition in turn, for sends that leave the choice to the server. */
  nextBalancedPartition(): number {
    return this.#balanced++ % Math.max(1, this.#partitions.length);
  }

  findGroup(identifier: Identifier): { entry: GroupEntry; group: ConsumerGroup<Session> } | undefined {
    const entry = findGroup(this.#entry, identifier);
    const group = entry === undefined ? undefined : this.#groups.get(entry.id);
    return entry === undefined || group === undefined ? undefined : { entry, group };
  }

  /** Follows the catalogue: adds and removes partitions and groups. @returns removals that go on in the background. */
  update(entry: TopicEntry): Promise<void>[] {
    const live = new Set(entry.partitions.map(({ incarnation }) => incarnation));
    const gone = this.#partitions.filter(({ incarnation }) => !live.has(incarnation));
    this.#entry = entry;
    this.#settings = topicSettings(entry);
    this.#partitions = this.#partitions.filter(({ incarnation }) => live.has(incarnation));
    this.#createPartitions();
    this.#updateGroups(gone);
    return gone.map(({ incarnation, log }) => {
      this.offsets.dropPartition(incarnation);
      return log.delete();
    });
  }

  /** Deletes whole segments whose messages have expired, then the oldest ones while the topic is too large. */
  async enforceRetention(): Promise<void> {
    const { messageExpiry, maxTopicSize } = this.#settings;
    if (messageExpiry !== UNLIMITED) {
      const horizon = this.#environment.log.clock() - Number(messageExpiry);
      for (const { log } of this.#partitions) await log.deleteOldest((segment) => segment.lastTimestamp < horizon);
    }
    if (maxTopicSize === UNLIMITED) return;
    let excess = this.size - Number(maxTopicSize);
    for (let freed = 1; excess > 0 && freed > 0; excess -= freed) {
      freed = 0;
      for (const { log } of this.#partitions) {
        let first = true;
        freed += await log.deleteOldest(() => {
          const wanted = first && freed < excess;
          first = false;
          return wanted;
        });
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#partitions.map(({ log }) => log.close()));
    await this.offsets.close();
  }

  async delete(): Promise<void> {
    await Promise.all(this.#partitions.map(({ log }) => log.delete()));
    await this.offsets.close();
    await this.#environment.log.files.remove(this.#folder);
  }

  /** Makes the catalogue's partitions that are not there yet; ids are the order of the list. */
  #createPartitions(): void {
    const existing = new Map(this.#partitions.map((partition) => [partition.incarnation, partition]));
    this.#partitions = this.#entry.partitions.map(
      (partition) =>
        existing.get(partition.incarnation) ?? {
          ...partition,
          log: PartitionLog.create(
            this.#environment.log,
            logOptions(this.#environment, this.#folder, partition, this.#settings),
          ),
        },
    );
  }

  #updateGroups(gone: readonly TopicPartition[]): void {
    const live = new Set(this.#entry.groups.map(({ id }) => id));
    for (const id of [...this.#groups.keys()].filter((candidate) => !live.has(candidate))) {
      this.#groups.delete(id);
      this.offsets.dropGroup(id);
    }
    for (const group of this.#groups.values()) {
      for (const { id } of gone) group.purged(id);
      group.resize(this.#partitions.length);
    }
    for (const id of live) if (!this.#groups.has(id)) this.#groups.set(id, this.#newGroup());
  }

  #newGroup(): ConsumerGroup<Session> {
    const { rebalancingTimeout, now } = this.#environment;
    return new ConsumerGroup(this.#entry.partitions.length, rebalancingTimeout, now);
  }
}

function journalOptions(environment: TopicEnvironment, streamId: number, entry: TopicEntry): JournalOptions {
  return {
    path: join(topicFolder(environment.log.root, streamId, entry.id), OFFSETS_FILE),
    persisted: environment.syncAlways || topicSettings(entry).offsetsPersisted,
  };
}

function logOptions(
  environment: TopicEnvironment,
  folder: string,
  partition: { id: number; incarnation: number },
  settings: TopicSettings,
): LogOptions {
  return {
    folder: join(folder, partitionFolderName(partition)),
    partition: partition.id,
    segmentSize: settings.segmentSize,
    persisted: environment.syncAlways || settings.persisted,
  };
}
