import {
  encodeBatch,
  indexFrames,
  type MessageFrames,
  type PollingStrategy,
  RECORD_HEADER_SIZE,
  restampBatch,
} from "@iggy-connectors/protocol";
import type { ConsumerPort } from "../src/consumer/consumer.ts";
import type { PartitionMembership } from "../src/consumer/membership/partition-membership.ts";

const NOW = 1_700_000_000_000_000;

/** A poll's answer: messages with these payloads from an offset on, as one record. */
export function framesOf(partition: number, from: bigint, texts: readonly string[], newest: bigint): MessageFrames {
  const prefix = Buffer.alloc(16);
  prefix.writeUInt32LE(partition, 0);
  prefix.writeBigUInt64LE(newest, 4);
  prefix.writeUInt32LE(texts.length, 12);
  if (texts.length === 0) return indexFrames(prefix);
  const record = encodeBatch(
    texts.map((text, index) => ({ payload: Buffer.from(text), id: from + BigInt(index) + 1n })),
    NOW,
  );
  restampBatch(record, partition, from, NOW);
  return indexFrames(Buffer.concat([prefix, record]));
}

export const BATCH_OVERHEAD = 16 + RECORD_HEADER_SIZE;

/** A topic whose partitions are lists of texts, and one membership in it that a test takes away and gives back. */
export class FakeMembership implements PartitionMembership, ConsumerPort {
  readonly logs: Map<number, string[]>;
  readonly stored = new Map<number, bigint>();
  /** Every store in its order. */
  readonly stores: { readonly partition: number; readonly offset: bigint }[] = [];
  assigned: number[];
  readonly histories = new Map<number, string>();
  polls = 0;
  left = false;
  recycled = 0;
  beforePoll: (partition: number, strategy: PollingStrategy) => Promise<MessageFrames | "fenced" | undefined> =
    async () => undefined;
  beforeStore: (partition: number, offset: bigint) => Promise<"lost" | undefined> = async () => undefined;

  constructor(logs: readonly (readonly string[])[]) {
    this.logs = new Map(logs.map((texts, partition) => [partition, [...texts]]));
    this.assigned = [...this.logs.keys()];
  }

  async join(): Promise<this> {
    return this;
  }

  async newestOffset(partition: number): Promise<bigint | undefined> {
    const { length } = this.#log(partition);
    return length === 0 ? undefined : BigInt(length - 1);
  }

  get assignment(): readonly number[] {
    return this.assigned;
  }

  async sync(): Promise<{ readonly assigned: readonly number[] }> {
    return { assigned: [...this.assigned] };
  }

  history(partition: number): string | undefined {
    return this.histories.get(partition);
  }

  async poll(partition: number, strategy: PollingStrategy, count: number): Promise<MessageFrames | "fenced"> {
    this.polls += 1;
    const scripted = await this.beforePoll(partition, strategy);
    if (scripted !== undefined) return scripted;
    if (!this.assigned.includes(partition)) return "fenced";
    const log = this.#log(partition);
    const from =
      strategy.kind === "offset" ? Number(strategy.offset) : strategy.kind === "last" ? log.length - count : 0;
    const start = Math.max(0, from);
    return framesOf(partition, BigInt(start), log.slice(start, start + count), BigInt(Math.max(0, log.length - 1)));
  }

  async store(partition: number, offset: bigint): Promise<"stored" | "lost"> {
    const scripted = await this.beforeStore(partition, offset);
    if (scripted !== undefined) return scripted;
    this.stored.set(partition, offset);
    this.stores.push({ partition, offset });
    return "stored";
  }

  async getOffset(partition: number): Promise<bigint | undefined> {
    return this.stored.get(partition);
  }

  recycle(): void {
    this.recycled += 1;
  }

  async leave(): Promise<void> {
    this.left = true;
  }

  #log(partition: number): string[] {
    return this.logs.get(partition) ?? [];
  }
}
