import type {
  ConsumerGroupDetails,
  GroupAssignment,
  GroupTarget,
  MessageFrames,
  PollMessagesRequest,
} from "@iggy-connectors/protocol";

/**
 * Beyond the end of every partition: such a poll tells whether the partition is ours and delivers nothing, so it does
 * not hold up a rebalance. Small enough for a server that adds to it.
 */
const BEYOND_THE_END = { kind: "offset", offset: 2n ** 62n } as const;

/** Requests that a look at an assignment makes at a time. */
const AT_ONCE = 64;

/** What a session offers for looking. */
export interface GroupReads {
  getGroup(target: GroupTarget): Promise<ConsumerGroupDetails | undefined>;
  /** `undefined`: this connection is not a member. */
  poll(request: PollMessagesRequest): Promise<MessageFrames | undefined>;
}

/**
 * What this connection owns of a group. Servers up to 0.8 do not tell: they list the members without saying which one
 * is asking. So it is found out: the answer to a poll of a named partition carries that partition's number where it is
 * ours, and 0 where it is not.
 */
export class LegacyAssignments {
  readonly #reads: GroupReads;
  readonly #seen = new Map<string, { readonly partitions: string; readonly generation: bigint }>();

  constructor(reads: GroupReads) {
    this.#reads = reads;
  }

  /** `undefined` when this connection is not a member. `generation` counts the changes that were seen. */
  async sync(target: GroupTarget): Promise<GroupAssignment | undefined> {
    const group = await this.#reads.getGroup(target);
    if (group === undefined) return undefined;
    const answers: (MessageFrames | undefined)[] = [];
    for (let from = 0; from < group.partitionsCount; from += AT_ONCE) {
      const count = Math.min(AT_ONCE, group.partitionsCount - from);
      const polls = Array.from({ length: count }, (_, i) => this.#reads.poll(probe(target, from + i)));
      answers.push(...(await Promise.all(polls)));
    }
    if (answers.includes(undefined)) return undefined;
    const named = answers.flatMap((frames, partition) =>
      partition > 0 && frames?.partition === partition ? partition : [],
    );
    const first = answers[0];
    const owned = first !== undefined && ownsFirst(first, named, group) ? [0, ...named] : named;
    return { generation: this.#generation(target, owned), partitions: owned };
  }

  #generation(target: GroupTarget, owned: readonly number[]): bigint {
    const key = JSON.stringify([target.stream, target.topic, target.group]);
    const partitions = owned.join();
    const seen = this.#seen.get(key);
    if (seen?.partitions === partitions) return seen.generation;
    const generation = (seen?.generation ?? 0n) + 1n;
    this.#seen.set(key, { partitions, generation });
    return generation;
  }
}

function probe({ stream, topic, group }: GroupTarget, partition: number): PollMessagesRequest {
  const consumer = { kind: "group", id: group } as const;
  return { consumer, stream, topic, partition, strategy: BEYOND_THE_END, count: 1, autoCommit: false };
}

/**
 * Partition 0 is the one whose number says nothing. Where it has messages its newest offset tells; else the list of
 * members does, as far as only one of them owns just what we own besides. Where that is not so it counts as ours, which
 * harms nothing: what is not ours delivers nothing, and refuses our offsets.
 */
function ownsFirst(first: MessageFrames, others: readonly number[], { members }: ConsumerGroupDetails): boolean {
  if (first.currentOffset > 0n) return true;
  const ours = others.join();
  const alike = members.filter(({ partitions }) => partitions.filter((id) => id !== 0).join() === ours);
  return alike.length === 0 || alike.some(({ partitions }) => partitions.includes(0));
}
