import { assignEagerly, planCooperatively } from "./assignment.ts";

/**
 * The states of a partition within a group, and what leads from one to the next:
 *
 * | state     | who polls | who stores offsets | leads to                                                              |
 * |-----------|-----------|--------------------|-----------------------------------------------------------------------|
 * | unowned   | nobody    | nobody             | owned (a join, or any reassignment with members)                      |
 * | owned     | the owner | the owner          | owned by another (a join, nothing uncommitted; any reassignment),     |
 * |           |           |                    | revoking (a join, something uncommitted), unowned (last member left)  |
 * | revoking  | nobody    | the old owner      | owned by the new owner (last polled offset stored, or time is up),    |
 * |           |           |                    | owned or unowned (any reassignment)                                   |
 */
interface PartitionState<Key> {
  owner: Member<Key> | undefined;
  /** Set while revoking: who gets the partition, and when at the latest (milliseconds). */
  revocation: { readonly to: Member<Key>; readonly deadline: number } | undefined;
  /** Last offset handed to the current owner and not stored since; −1 when there is none. */
  uncommitted: number;
}

interface Member<Key> {
  readonly key: Key;
  /** Slot number, the smallest that was free. */
  readonly id: number;
}

export interface GroupMember {
  readonly id: number;
  readonly partitions: number[];
}

/**
 * One consumer group: who its members are and who owns which partition. A member is a session, named by `Key`.
 * Joins are cooperative (uncommitted work is committed before a partition moves), every departure and every change of
 * the partition count reassigns eagerly.
 */
export class ConsumerGroup<Key> {
  readonly #now: () => number;
  readonly #rebalancingTimeout: number;
  readonly #members: Member<Key>[] = [];
  #partitions: PartitionState<Key>[];
  #generation = 0;

  /** `now` and `rebalancingTimeout` are milliseconds; the timeout limits how long a partition may be revoking. */
  constructor(partitionsCount: number, rebalancingTimeout: number, now: () => number) {
    this.#now = now;
    this.#rebalancingTimeout = rebalancingTimeout;
    this.#partitions = Array.from({ length: partitionsCount }, () => unowned<Key>());
  }

  /** Grows with every change of who may poll what. */
  get generation(): number {
    this.#settle();
    return this.#generation;
  }

  get membersCount(): number {
    return this.#members.length;
  }

  has(key: Key): boolean {
    return this.#find(key) !== undefined;
  }

  /** Members by slot, each with the partitions it may poll. */
  members(): GroupMember[] {
    this.#settle();
    return this.#members
      .map((member) => ({ id: member.id, partitions: this.#pollable(member) }))
      .sort((left, right) => left.id - right.id);
  }

  /** The partitions a member may poll; nothing when it is not a member. */
  assignment(key: Key): number[] | undefined {
    this.#settle();
    const member = this.#find(key);
    return member === undefined ? undefined : this.#pollable(member);
  }

  /** Adds a member, or does nothing when it is one already. */
  join(key: Key): void {
    this.#settle();
    if (this.has(key)) return;
    this.#members.push({ key, id: this.#freeSlot() });
    const owners = this.#partitions.map(({ owner, revocation }) => revocation?.to ?? owner);
    let changed = false;
    for (const { partition, to } of planCooperatively(this.#members, owners)) {
      const state = this.#partitions[partition]!;
      changed = true;
      if (state.uncommitted < 0) this.#hand(state, to);
      else state.revocation = { to, deadline: state.revocation?.deadline ?? this.#now() + this.#rebalancingTimeout };
    }
    if (changed) this.#generation++;
  }

  /** Removes a member. @returns whether it was one. */
  leave(key: Key): boolean {
    const index = this.#members.findIndex((member) => member.key === key);
    if (index < 0) return false;
    this.#members.splice(index, 1);
    this.#reassign(this.#partitions.length);
    return true;
  }

  /** The topic has another number of partitions now. */
  resize(partitionsCount: number): void {
    if (partitionsCount !== this.#partitions.length) this.#reassign(partitionsCount);
  }

  /** A partition's messages are gone: nothing of it is uncommitted any more. */
  purged(partition: number): void {
    const state = this.#partitions[partition];
    if (state !== undefined) this.#nothingUncommitted(state);
  }

  mayPoll(key: Key, partition: number): boolean {
    this.#settle();
    const state = this.#partitions[partition];
    return state?.owner !== undefined && state.owner.key === key && state.revocation === undefined;
  }

  /** The owner may, also while its partition is being revoked: that is what the wait is for. */
  mayStore(key: Key, partition: number): boolean {
    this.#settle();
    const owner = this.#partitions[partition]?.owner;
    return owner !== undefined && owner.key === key;
  }

  /** The owner was handed messages up to `offset`. */
  polled(key: Key, partition: number, offset: number): void {
    const state = this.#partitions[partition];
    if (state?.owner !== undefined && state.owner.key === key) state.uncommitted = offset;
  }

  /**
   * A member stored an offset; a revocation that waited for it ends. One that lost the partition while its store was
   * being written says nothing about the work of the current owner.
   */
  committed(key: Key, partition: number, offset: number): void {
    const state = this.#partitions[partition];
    if (state?.owner?.key === key && offset >= state.uncommitted) this.#nothingUncommitted(state);
  }

  #nothingUncommitted(state: PartitionState<Key>): void {
    state.uncommitted = -1;
    if (state.revocation === undefined) return;
    this.#hand(state, state.revocation.to);
    this.#generation++;
  }

  #hand(state: PartitionState<Key>, to: Member<Key>): void {
    state.owner = to;
    state.revocation = undefined;
    state.uncommitted = -1;
  }

  /** Ownership is only seen through calls, so a revocation whose time is up may end at the next one. */
  #settle(): void {
    for (const state of this.#partitions) {
      if (state.revocation === undefined || state.revocation.deadline > this.#now()) continue;
      this.#hand(state, state.revocation.to);
      this.#generation++;
    }
  }

  #reassign(partitionsCount: number): void {
    const owners = assignEagerly(this.#members, partitionsCount);
    this.#partitions = owners.map((owner, partition) => {
      const state = this.#partitions[partition] ?? unowned<Key>();
      if (state.owner === owner) state.revocation = undefined;
      else if (owner === undefined) Object.assign(state, unowned<Key>());
      else this.#hand(state, owner);
      return state;
    });
    this.#generation++;
  }

  #pollable(member: Member<Key>): number[] {
    const partitions: number[] = [];
    for (const [partition, { owner, revocation }] of this.#partitions.entries()) {
      if (owner === member && revocation === undefined) partitions.push(partition);
    }
    return partitions;
  }

  #find(key: Key): Member<Key> | undefined {
    return this.#members.find((member) => member.key === key);
  }

  #freeSlot(): number {
    const taken = new Set(this.#members.map(({ id }) => id));
    let slot = 0;
    while (taken.has(slot)) slot++;
    return slot;
  }
}

function unowned<Key>(): PartitionState<Key> {
  return { owner: undefined, revocation: undefined, uncommitted: -1 };
}
