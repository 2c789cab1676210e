import {
  FENCED_PARTITION,
  type GroupAssignment,
  type Identifier,
  type MessageFrames,
  type PollingStrategy,
} from "@iggy-connectors/protocol";
import type { IggyClient } from "../../client.ts";
import type { Encryptor } from "../../encryption/encryptor.ts";
import { CODE, IggyError } from "../../errors/errors.ts";
import { NO_HISTORIES, type PartitionHistories, partitionHistories } from "./partition-histories.ts";

export interface GroupOptions {
  readonly stream: Identifier;
  readonly topic: Identifier;
  readonly group: Identifier;
  /** Create the group when it is missing; needs the group's name. Default false. */
  readonly create?: boolean;
  /** Opens the messages instead of the client's encryptor; `none` leaves them as they are. */
  readonly encryptor?: Encryptor | "none";
}

/** What a sync found, against what the caller knew: `added` is new to the caller, `revoked` is no longer its own. */
export interface AssignmentChange {
  readonly assigned: readonly number[];
  readonly added: readonly number[];
  readonly revoked: readonly number[];
}

/** Codes by which a server says that the member does not own the partition. */
const OWNERSHIP_LOST: ReadonlySet<number> = new Set([
  CODE.resourceNotFound,
  CODE.groupIdNotFound,
  CODE.groupNameNotFound,
  CODE.notMember,
  CODE.partitionNotOwned,
  CODE.notResolvedConsumer,
]);
const GROUP_MISSING: ReadonlySet<number> = new Set([CODE.groupIdNotFound, CODE.groupNameNotFound]);
/** The description of the topic is not for this user. */
const NOT_TOLD: ReadonlySet<number> = new Set([CODE.unauthorized]);
const GROUP_EXISTS: ReadonlySet<number> = new Set([CODE.groupNameExists]);
/** A session may be lost between join and sync; more often than this in a row is not a coincidence. */
const JOIN_ATTEMPTS = 5;

/**
 * One membership of one consumer group. A membership dies with its session: after a reconnect the next call joins again
 * before anything else. Not every reconnect costs the partitions, so work continues where the assignment still allows it.
 */
export class GroupMember {
  readonly #client: IggyClient;
  readonly #options: GroupOptions;
  /** The login under which the membership was made. */
  #epoch = -1;
  #generation = 0n;
  #assigned: ReadonlySet<number> = new Set();
  /** Held at some time by this membership. A partition that is being taken away may still be stored. */
  #held: Set<number> = new Set();
  /** Assigned again after a time without it: another member may have stored an offset meanwhile. */
  #unverified: Set<number> = new Set();
  /** As of the last sync. A group dies with its topic, so that a topic that was created again is never met without joining again. */
  #histories: PartitionHistories = NO_HISTORIES;
  /** What the caller believes it owns. */
  #reported: Set<number> = new Set();
  #refreshing: Promise<void> | undefined;
  #left = false;

  private constructor(client: IggyClient, options: GroupOptions) {
    this.#client = client;
    this.#options = options;
  }

  /**
   * Joins the group and reads the assignment, which may be empty when there are more members than partitions.
   * @throws IggyError 5000 or 5003 when the group is missing and `create` is not set.
   */
  static async join(client: IggyClient, options: GroupOptions): Promise<GroupMember> {
    const member = new GroupMember(client, options);
    await member.sync();
    return member;
  }

  /** Partitions owned as of the last sync, ascending. */
  get assignment(): readonly number[] {
    return ascending(this.#assigned);
  }

  /** Grows with every change of the group's assignment. */
  get generation(): bigint {
    return this.#generation;
  }

  /** As of the last sync; see `PartitionMembership.history`. */
  history(partition: number): string | undefined {
    return this.#histories.get(partition);
  }

  /**
   * Reads the assignment, after joining again where the membership is gone. A partition whose last poll or store was
   * answered `fenced` or `lost` is `added` again when it is (still or again) ours.
   */
  async sync(): Promise<AssignmentChange> {
    this.#assertMember();
    await this.#refresh();
    const assigned = this.assignment;
    const change = {
      assigned,
      added: assigned.filter((partition) => !this.#reported.has(partition)),
      revoked: ascending(this.#reported).filter((partition) => !this.#assigned.has(partition)),
    };
    this.#reported = new Set(assigned);
    return change;
  }

  /** As {@link IggyClient.recycle}: neither `frames` nor any view of it may be used afterwards. */
  recycle(frames: MessageFrames): void {
    this.#client.recycle(frames);
  }

  /** Messages of an owned partition, or `fenced`: it is not, or no longer, ours; sync and drop its work. */
  async poll(partition: number, strategy: PollingStrategy, count: number): Promise<MessageFrames | "fenced"> {
    for (;;) {
      await this.#renew();
      if (!this.#assigned.has(partition)) break;
      const epoch = this.#epoch;
      const frames = await this.#pollOnce(partition, strategy, count);
      if (frames !== undefined) return frames;
      // A fence raised by a new session only says that the group was not joined again yet.
      if (this.#client.epoch === epoch) break;
    }
    this.#reported.delete(partition);
    return "fenced";
  }

  /**
   * Stores the offset of the last processed message, or tells that the partition is `lost` to another member: its work
   * must be dropped. Right after a reconnect, `lost` also answers a store below what another member stored meanwhile. `history` names
   * the log in which the offset counts: `lost`, too, once the partition has another one.
   * @throws IggyError with `outcomeUnknown` when the connection was lost before the answer; the store may be repeated.
   */
  async store(partition: number, offset: bigint, history?: string): Promise<"stored" | "lost"> {
    for (;;) {
      await this.#renew();
      if (!this.#held.has(partition)) break;
      if (history !== undefined && this.#histories.get(partition) !== history) break;
      const epoch = this.#epoch;
      if (this.#unverified.has(partition)) {
        const stored = await this.getOffset(partition);
        if (this.#epoch !== epoch || this.#client.epoch !== epoch) continue;
        this.#unverified.delete(partition);
        if (stored !== undefined && stored > offset) break;
      }
      try {
        await this.#client.storeConsumerOffset({ ...this.#target(partition), offset });
        return "stored";
      } catch (error) {
        if (!hasCode(error, OWNERSHIP_LOST)) throw error;
        if (this.#client.epoch === epoch) {
          this.#held.delete(partition);
          break;
        }
      }
    }
    this.#reported.delete(partition);
    return "lost";
  }

  /** The group's stored offset of a partition: that of the last processed message. */
  async getOffset(partition: number): Promise<bigint | undefined> {
    return (await this.#client.getConsumerOffset(this.#target(partition)))?.storedOffset;
  }

  /** Deletes the group's stored offset of a partition, or tells that it is `lost` to another member. */
  async clearOffset(partition: number): Promise<"cleared" | "lost"> {
    await this.#renew();
    if (!this.#held.has(partition)) return "lost";
    try {
      await this.#client.deleteConsumerOffset(this.#target(partition));
    } catch (error) {
      if (hasCode(error, OWNERSHIP_LOST)) return "lost";
      // Nothing is stored, as requested.
      if (!hasCode(error, new Set([CODE.offsetNotFound]))) throw error;
    }
    return "cleared";
  }

  /** Gives the partitions to the other members. The membership cannot be used afterwards. */
  async leave(): Promise<void> {
    if (this.#left) return;
    this.#left = true;
    await this.#refreshing?.catch(() => {});
    const epoch = this.#epoch;
    const { stream, topic, group } = this.#options;
    try {
      if (this.#client.epoch === epoch) await this.#client.leaveConsumerGroup(stream, topic, group);
    } catch (error) {
      // A lost session has left its groups; so has a member of a group that no longer exists.
      const sessionEnded = this.#client.epoch !== epoch || this.#client.state !== "ready";
      if (!sessionEnded && !hasCode(error, OWNERSHIP_LOST)) throw error;
    }
  }

  async #pollOnce(partition: number, strategy: PollingStrategy, count: number): Promise<MessageFrames | undefined> {
    try {
      const { encryptor } = this.#options;
      const opened = encryptor === undefined ? {} : { encryptor };
      const frames = await this.#client.pollMessages({ ...this.#target(partition), strategy, count, ...opened });
      return frames.partition === FENCED_PARTITION && frames.length === 0 ? undefined : frames;
    } catch (error) {
      if (error instanceof IggyError && error.code === CODE.partitionNotOwned) return undefined;
      throw error;
    }
  }

  #target(partition: number) {
    const { stream, topic, group } = this.#options;
    return { consumer: { kind: "group" as const, id: group }, stream, topic, partition };
  }

  /** Joins again when the session is another than the one that joined. */
  async #renew(): Promise<void> {
    this.#assertMember();
    while (this.#epoch !== this.#client.epoch) await this.#refresh();
  }

  #assertMember(): void {
    if (!this.#left) return;
    throw new IggyError(CODE.notMember, {
      detail: "this member has left its group",
      advice: "join with GroupMember.join",
      retryable: false,
    });
  }

  #refresh(): Promise<void> {
    this.#refreshing ??= this.#syncOrJoin().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #syncOrJoin(): Promise<void> {
    const { stream, topic, group } = this.#options;
    for (let attempt = 0; attempt < JOIN_ATTEMPTS; attempt++) {
      const epoch = this.#client.epoch;
      const joinedNow = this.#epoch !== epoch || attempt > 0;
      if (joinedNow) await this.#join();
      const assignment = await this.#client.syncConsumerGroup(stream, topic, group);
      // Join and sync must have gone through one session, else the assignment belongs to a membership that is gone.
      if (assignment === undefined || this.#client.epoch !== epoch) continue;
      const histories = await this.#readHistories();
      if (this.#client.epoch !== epoch) continue;
      this.#histories = histories;
      this.#epoch = epoch;
      this.#assign(assignment, joinedNow);
      return;
    }
    throw new IggyError(CODE.notMember, {
      detail: `the membership in group ${JSON.stringify(group)} was lost ${JOIN_ATTEMPTS} times in a row while joining`,
      retryable: true,
    });
  }

  /** A user who may read messages but not the topic's description gets no histories. */
  async #readHistories(): Promise<PartitionHistories> {
    const { stream, topic } = this.#options;
    try {
      const details = await this.#client.getTopic(stream, topic);
      return details === undefined ? NO_HISTORIES : partitionHistories(details);
    } catch (error) {
      if (hasCode(error, NOT_TOLD)) return NO_HISTORIES;
      throw error;
    }
  }

  async #join(): Promise<void> {
    const { stream, topic, group, create } = this.#options;
    try {
      await this.#client.joinConsumerGroup(stream, topic, group);
    } catch (error) {
      if (create !== true || typeof group !== "string" || !hasCode(error, GROUP_MISSING)) throw error;
      await this.#client.createConsumerGroup(stream, topic, group).catch((failure: unknown) => {
        if (!hasCode(failure, GROUP_EXISTS)) throw failure;
      });
      await this.#client.joinConsumerGroup(stream, topic, group);
    }
  }

  /** `renewed`: the assignment is that of a new membership, which has held nothing before. */
  #assign({ generation, partitions }: GroupAssignment, renewed: boolean): void {
    for (const partition of partitions) {
      const neverWithout = !renewed && this.#assigned.has(partition);
      if (this.#held.has(partition) && !neverWithout) this.#unverified.add(partition);
    }
    this.#held = new Set(renewed ? partitions : [...this.#held, ...partitions]);
    this.#assigned = new Set(partitions);
    this.#generation = generation;
  }
}

function hasCode(error: unknown, codes: ReadonlySet<number>): boolean {
  return error instanceof IggyError && codes.has(error.code);
}

function ascending(partitions: Iterable<number>): number[] {
  return [...partitions].sort((a, b) => a - b);
}
