import {
  aborted,
  endsBefore,
  type PartitionEnd,
  type PartitionMembership,
  PartitionSet,
  type StoreSpacing,
  type WeightedSemaphore,
} from "@iggy-connectors/client";
import type { Sink } from "@iggy-connectors/sdk";
import type { BatchPlan } from "@iggy-connectors/transforms";
import { describeError } from "../../../shared/errors.ts";
import { findTopic, isMissing } from "../../../shared/iggy/find-topic.ts";
import type { SinkStreamSpec } from "../../../shared/task/task-spec.ts";
import type { PartitionStatus } from "../../../shared/task/task-status.ts";
import { ensureTopic, missingTopic } from "../../iggy/ensure-topic.ts";
import type { IggyConnection } from "../../iggy/iggy-connection.ts";
import { backOff, CANCELLED, type RetryOptions, retry } from "../../task/retry.ts";
import type { Task } from "../../task/task.ts";
import type { BatchProcessor } from "../delivery/process-batch.ts";
import type { MessageAccount } from "../message-account.ts";
import type { RecordTicks } from "../partition/record-ticks.ts";
import { retirePartition } from "../partition/retire-partition.ts";
import { SinkPartition } from "../partition/sink-partition.ts";
import { type FormerWork, readStart } from "../partition/start-position.ts";
import type { Flusher } from "../staging/flusher.ts";
import { resultBefore } from "./result-before.ts";

export interface TopicConsumerDependencies {
  readonly task: Task;
  readonly sink: Sink;
  readonly iggy: IggyConnection;
  readonly plan: BatchPlan;
  readonly pluginSlots: WeightedSemaphore;
  readonly buffer: WeightedSemaphore;
  readonly account: MessageAccount;
  readonly storeSpacing: StoreSpacing;
  readonly recordTicks: RecordTicks;
  readonly processor: BatchProcessor;
  readonly flusher: Flusher | undefined;
  /** Aborted: the topic is not to be consumed any more. */
  readonly stopping: AbortSignal;
  /** The topic's group was joined for the first time. */
  onJoined(): void;
}

/** One topic that a sink consumes: the membership in its group, and a sink partition for each that is assigned. */
export class TopicConsumer {
  readonly #stream: SinkStreamSpec;
  readonly #topic: string;
  readonly #place: string;
  readonly #dependencies: TopicConsumerDependencies;
  #joined = false;
  /** Those of the current membership. */
  #partitions: PartitionSet<SinkPartition> | undefined;
  /** By partition; also over memberships, which end with their topic. */
  readonly #former = new Map<number, FormerWork>();

  constructor(stream: SinkStreamSpec, topic: string, dependencies: TopicConsumerDependencies) {
    this.#stream = stream;
    this.#topic = topic;
    this.#place = `${stream.stream}/${topic}`;
    this.#dependencies = dependencies;
    const { stopping, task } = dependencies;
    stopping.addEventListener("abort", () => this.#each((partition) => partition.close("stopped")), { once: true });
    task.lifetime.ended.addEventListener("abort", () => this.#each((partition) => partition.abandon()), { once: true });
  }

  status(): PartitionStatus[] {
    return [...(this.#partitions ?? [])].map((partition) => partition.status());
  }

  /** Consumes until it is stopped, then drains, stores and leaves. */
  async run(): Promise<void> {
    const { stopping, task } = this.#dependencies;
    while (!stopping.aborted) {
      const member = await retry(task, this.#retry, () => resultBefore(this.#join(), stopping));
      if (member === CANCELLED) break;
      if (!this.#joined) this.#dependencies.onJoined();
      this.#joined = true;
      const partitions = this.#createPartitions(member);
      this.#partitions = partitions;
      const end = await this.#follow(partitions);
      await endsBefore(partitions.retireAll(end), task.lifetime.ended);
      if (end === "stopped") await this.#leave(member);
    }
    task.health.resolved(this.#place);
  }

  async #join(): Promise<PartitionMembership> {
    const { iggy } = this.#dependencies;
    const { stream, create, partitions, consumerGroup } = this.#stream;
    if (create) await ensureTopic(iggy, { stream, name: this.#topic, partitionsCount: partitions });
    else if ((await findTopic(iggy, stream, this.#topic)) === undefined) throw missingTopic(stream, this.#topic);
    return iggy.join({ stream, topic: this.#topic, group: consumerGroup });
  }

  #createPartitions(member: PartitionMembership): PartitionSet<SinkPartition> {
    const { task, stopping } = this.#dependencies;
    const partitions: PartitionSet<SinkPartition> = new PartitionSet<SinkPartition>(member, stopping, {
      create: (partition) => this.#createPartition(member, partition, () => partitions.stale()),
      retire: (partition, end) => this.#retire(partition, end),
      onSynced: () => task.health.resolved(this.#place),
      onChanged: (assigned, initial) => {
        const { stream } = this.#stream;
        task.logger.info("partitions assigned", { stream, topic: this.#topic, partitions: [...assigned] });
        if (initial) return;
        task.counters.rebalances += 1;
        task.changed();
      },
      onFailure: async (error, attempts) => {
        if (stopping.aborted) return;
        if (isMissing(error)) throw error;
        await backOff(task, this.#retry, error, attempts);
      },
    });
    return partitions;
  }

  #createPartition(member: PartitionMembership, partition: number, onStale: () => void): SinkPartition {
    const { task, sink, iggy, plan, pluginSlots, buffer, account, storeSpacing, recordTicks, processor, flusher } =
      this.#dependencies;
    const { stream, batchLength, pollInterval, maxPollInterval } = this.#stream;
    const { initialOffset } = task.spec;
    const history = member.history(partition);
    const former = this.#former.get(partition);
    return new SinkPartition(
      { stream, topic: this.#topic, partition, ...(history === undefined ? {} : { history }) },
      {
        task,
        sink,
        member,
        plan,
        batchLength,
        pollInterval,
        maxPollInterval,
        pluginSlots,
        buffer,
        account,
        storeSpacing,
        recordTicks,
        processor,
        flusher,
        former,
        readStart: (ref) => readStart({ iggy, member, sink, initialOffset, former }, ref),
        onStale,
      },
    );
  }

  /** Follows the assignment until the task stops, or the topic or its group is gone. */
  async #follow(partitions: PartitionSet<SinkPartition>): Promise<PartitionEnd> {
    try {
      await partitions.follow();
      return "stopped";
    } catch (error) {
      if (isMissing(error)) return "lost";
      throw error;
    }
  }

  async #retire(partition: SinkPartition, end: PartitionEnd): Promise<void> {
    const { task } = this.#dependencies;
    try {
      await retirePartition(partition, end, this.#dependencies);
    } catch (error) {
      task.lifetime.fail(error);
    } finally {
      this.#former.set(partition.ref.partition, partition.formerWork);
      partition.release();
    }
  }

  /** So that the partitions move at once. A failure only makes them move later. */
  async #leave(member: PartitionMembership): Promise<void> {
    const { task } = this.#dependencies;
    const leaving = member.leave().catch((error: unknown) => {
      task.logger.warn(`the consumer group was not left: ${describeError(error).message}`, { place: this.#place });
    });
    await Promise.race([leaving, aborted(task.lifetime.ended)]);
  }

  /** How joining and reading the assignment are repeated, however long it takes until the topic exists and the server answers. */
  get #retry(): RetryOptions {
    return { place: this.#place, failure: "topic cannot be consumed yet", signal: this.#dependencies.stopping };
  }

  #each(act: (partition: SinkPartition) => void): void {
    for (const partition of this.#partitions ?? []) act(partition);
  }
}
