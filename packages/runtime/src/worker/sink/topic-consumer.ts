import type { PartitionMembership } from "@iggy-connectors/client";
import { AssignmentWatch, aborted, type ByteBudget, backoff, endsBefore, pause } from "@iggy-connectors/client";
import { isFatal, type PartitionRef, type Sink } from "@iggy-connectors/sdk";
import type { BatchPlan } from "@iggy-connectors/transforms";
import { describeError } from "../../shared/errors.ts";
import { findTopic, isMissing } from "../../shared/iggy/find-topic.ts";
import type { SinkStreamSpec } from "../../shared/task/task-spec.ts";
import type { PartitionStatus } from "../../shared/task/task-status.ts";
import { ensureTopic, missingTopic } from "../iggy/ensure-topic.ts";
import type { IggyConnection } from "../iggy/iggy-connection.ts";
import type { Task } from "../task/task.ts";
import type { Flusher } from "./flusher.ts";
import { LaneTurn } from "./lane-turn.ts";
import type { MessageAccount } from "./message-account.ts";
import { type LaneEnd, PartitionLane } from "./partition-lane.ts";
import type { SinkDelivery } from "./sink-delivery.ts";
import type { Slots } from "./slots.ts";
import { readStart } from "./start-position.ts";

export interface TopicSurroundings {
  readonly task: Task;
  readonly sink: Sink;
  readonly iggy: IggyConnection;
  readonly plan: BatchPlan;
  readonly slots: Slots;
  readonly budget: ByteBudget;
  readonly account: MessageAccount;
  readonly delivery: SinkDelivery;
  readonly flusher: Flusher | undefined;
  /** Aborted: the topic is not to be consumed any more. */
  readonly stopping: AbortSignal;
  /** The first subscription succeeded. */
  onJoined(): void;
}

/** One topic that a sink consumes: the membership in its group, and a lane per assigned partition. */
export class TopicConsumer {
  readonly #stream: SinkStreamSpec;
  readonly #topic: string;
  readonly #place: string;
  readonly #around: TopicSurroundings;
  readonly #lanes = new Map<number, PartitionLane>();
  /** Lanes on their way out, each with what is left to be done for it. */
  readonly #retiring = new Map<PartitionLane, Promise<void>>();
  #joined = false;
  #watch: AssignmentWatch | undefined;

  constructor(stream: SinkStreamSpec, topic: string, around: TopicSurroundings) {
    this.#stream = stream;
    this.#topic = topic;
    this.#place = `${stream.stream}/${topic}`;
    this.#around = around;
    const { stopping } = around;
    stopping.addEventListener("abort", () => this.#each((lane) => lane.close("stopped")), { once: true });
    around.task.lifetime.ended.addEventListener("abort", () => this.#each((lane) => lane.cutOff()), { once: true });
  }

  status(): PartitionStatus[] {
    return [...this.#lanes.values()].map((lane) => lane.status());
  }

  /** Consumes until it is stopped, then drains, stores and leaves. */
  async run(): Promise<void> {
    const { stopping } = this.#around;
    while (!stopping.aborted) {
      const member = await this.#subscribe();
      if (member === undefined) break;
      if (!this.#joined) this.#around.onJoined();
      this.#joined = true;
      const subscribed = await this.#follow(member);
      await this.#retireAll(subscribed ? "stopped" : "lost");
      if (subscribed) await this.#leave(member);
    }
    this.#around.task.health.resolved(this.#place);
  }

  /** Joins the group, however long it takes until the topic exists and the server answers; undefined: stopped first. */
  async #subscribe(): Promise<PartitionMembership | undefined> {
    const { task, stopping } = this.#around;
    for (let attempts = 1; !stopping.aborted; attempts++) {
      try {
        const joining = this.#join();
        if (!(await endsBefore(joining, stopping))) return undefined;
        const member = await joining;
        task.health.resolved(this.#place);
        return member;
      } catch (error) {
        if (stopping.aborted) return undefined;
        if (isFatal(error)) throw error;
        await this.#failed(error, attempts);
      }
    }
    return undefined;
  }

  async #join(): Promise<PartitionMembership> {
    const { iggy } = this.#around;
    const { stream, create, partitions, consumerGroup } = this.#stream;
    if (create) await ensureTopic(iggy, { stream, name: this.#topic, partitionsCount: partitions });
    else if ((await findTopic(iggy, stream, this.#topic)) === undefined) throw missingTopic(stream, this.#topic);
    return iggy.join({ stream, topic: this.#topic, group: consumerGroup });
  }

  /** Keeps a lane per assigned partition. True: the task stops; false: the topic or its group is gone. */
  async #follow(member: PartitionMembership): Promise<boolean> {
    const { task, stopping } = this.#around;
    const watch = new AssignmentWatch(() => member.sync(), stopping);
    this.#watch = watch;
    this.#assign(member, member.assignment);
    for (let failures = 0; ; ) {
      try {
        const assigned = await watch.next();
        if (assigned === undefined) return true;
        failures = 0;
        task.health.resolved(this.#place);
        if (this.#assign(member, assigned)) {
          task.counters.rebalances += 1;
          task.changed();
        }
      } catch (error) {
        if (stopping.aborted) return true;
        if (isMissing(error)) return false;
        failures += 1;
        await this.#failed(error, failures);
      }
    }
  }

  /** Takes up what is new and lets go of what is gone; true: something changed. */
  #assign(member: PartitionMembership, assigned: readonly number[]): boolean {
    let changed = false;
    for (const [partition, lane] of this.#lanes) {
      if (assigned.includes(partition) && !lane.closing.aborted) continue;
      changed = this.#retire(partition, lane, "revoked") || changed;
    }
    for (const partition of assigned) {
      // One that still drains is taken up again when it has ended: never two lanes for one partition.
      if (this.#lanes.has(partition)) continue;
      const lane = this.#lane(member, partition);
      this.#lanes.set(partition, lane);
      lane.start();
      changed = true;
    }
    if (changed) {
      const { stream } = this.#stream;
      this.#around.task.logger.info("partitions assigned", { stream, topic: this.#topic, partitions: [...assigned] });
    }
    return changed;
  }

  #lane(member: PartitionMembership, partition: number): PartitionLane {
    const { task, sink, iggy, plan, slots, budget, account, delivery, flusher } = this.#around;
    const { stream, batchLength, pollInterval } = this.#stream;
    const { initialOffset } = task.spec;
    return new PartitionLane(
      { stream, topic: this.#topic, partition },
      {
        task,
        sink,
        member,
        plan,
        batchLength,
        pollInterval,
        turn: new LaneTurn(slots, task.spec.maxInFlight),
        budget,
        account,
        delivery,
        flusher,
        readStart: (ref) => readStart({ iggy, member, sink, initialOffset }, ref),
        onStale: () => this.#watch?.stale(),
      },
    );
  }

  /** Begins the end of a lane; false: it has begun already. */
  #retire(partition: number, lane: PartitionLane, end: LaneEnd): boolean {
    lane.close(end);
    if (this.#retiring.has(lane)) return false;
    const retired = this.#end(lane, end)
      .catch((error: unknown) => this.#around.task.lifetime.fail(error))
      .finally(() => {
        lane.release();
        this.#lanes.delete(partition);
        this.#retiring.delete(lane);
        this.#watch?.stale();
      });
    this.#retiring.set(lane, retired);
    return true;
  }

  /** Finishes, flushes and stores what is in hand within `stop_timeout`, then lets the sink forget the partition. */
  async #end(lane: PartitionLane, end: LaneEnd): Promise<void> {
    const { task, flusher, sink, slots } = this.#around;
    const { ended } = task.lifetime;
    const deadline = setTimeout(() => lane.cutOff(), task.spec.stopTimeout);
    await lane.drain(end === "stopped" ? "stop" : "revocation");
    clearTimeout(deadline);
    lane.cutOff();
    if (end === "stopped") return;
    // The plugin may still be in its last call for this partition; it is not called again for it before that has ended.
    if (!(await endsBefore(lane.done, ended))) return;
    if (sink.revoked === undefined && flusher === undefined) return;
    if (!(await slots.take(slots.total, ended))) return;
    try {
      flusher?.discard(lane);
      await this.#revoked(sink, lane.ref);
    } finally {
      slots.give(slots.total);
    }
  }

  async #revoked(sink: Sink, ref: PartitionRef): Promise<void> {
    try {
      await sink.revoked?.([ref]);
    } catch (error) {
      if (isFatal(error)) throw error;
      this.#around.task.counters.errors += 1;
      this.#around.task.logger.error(`revoked failed: ${describeError(error).message}`, { ...ref });
    }
  }

  async #retireAll(end: LaneEnd): Promise<void> {
    for (const [partition, lane] of this.#lanes) this.#retire(partition, lane, end);
    await endsBefore(Promise.all(this.#retiring.values()), this.#around.task.lifetime.ended);
  }

  /** So that the partitions move at once. A failure only makes them move later. */
  async #leave(member: PartitionMembership): Promise<void> {
    const { task } = this.#around;
    const leaving = member.leave().catch((error: unknown) => {
      task.logger.warn(`the consumer group was not left: ${describeError(error).message}`, { place: this.#place });
    });
    await Promise.race([leaving, aborted(task.lifetime.ended)]);
  }

  async #failed(error: unknown, attempts: number): Promise<void> {
    const { task, stopping } = this.#around;
    const delay = backoff(task.spec.retry, attempts);
    task.counters.errors += 1;
    task.logger.warn(`topic cannot be consumed yet: ${describeError(error).message}`, { place: this.#place, attempts });
    task.health.failing(this.#place, "retrying", error, attempts, delay);
    await pause(delay, stopping);
  }

  #each(act: (lane: PartitionLane) => void): void {
    for (const lane of this.#lanes.values()) act(lane);
  }
}
