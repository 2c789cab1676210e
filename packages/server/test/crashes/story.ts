import { decodeBatchForAppend, encodeBatch } from "@iggy-connectors/protocol";
import { Broker } from "../../src/broker.ts";
import * as changes from "../../src/catalog/changes.ts";
import { createUser } from "../../src/catalog/user-changes.ts";
import { silentLogger } from "../../src/logger.ts";
import type { Topic } from "../../src/topics/topic.ts";
import type { FaultyDisk } from "./faulty-disk.ts";

export const STREAM = "stream";
/** Topic → whether messages, and whether stored offsets, wait for stable storage. */
const DURABILITY = {
  persisted: ["persisted", "persisted"],
  replicated: ["replicated", "replicated"],
  mixed: ["replicated", "persisted"],
} as const;
export type TopicName = keyof typeof DURABILITY;
export const TOPICS: readonly TopicName[] = ["persisted", "replicated", "mixed"];

/** The owner of the offsets that the story stores. */
export const CONSUMER = { kind: "consumer", id: 7 } as const;

/** What a client knows of one partition. */
export interface PartitionMemory {
  /** Offset → payload of what was acknowledged since the last acknowledged purge. */
  acknowledged: Map<number, string>;
  /** Payloads that were sent and not acknowledged. */
  readonly refused: Set<string>;
  /** Messages below may have been deleted. */
  deletedBelow: number;
  /** A purge was asked for and not acknowledged; how many messages were acknowledged after that. */
  unsurePurge: { acknowledgedAfter: number } | undefined;
  stored: { acknowledged: number | undefined; readonly asked: Set<number | undefined> };
}

/** What clients know: all that was acknowledged, and what was asked for and was not. */
export interface Memory {
  readonly partitions: Map<string, PartitionMemory>;
  readonly names: { readonly acknowledged: Set<string>; readonly asked: Set<string> };
}

export function newMemory(): Memory {
  return { partitions: new Map(), names: { acknowledged: new Set(), asked: new Set() } };
}

export function partitionMemory(memory: Memory, topic: TopicName, partition: number): PartitionMemory {
  const key = `${topic}/${partition}`;
  let known = memory.partitions.get(key);
  if (known === undefined) {
    known = {
      acknowledged: new Map(),
      refused: new Set(),
      deletedBelow: 0,
      unsurePurge: undefined,
      stored: { acknowledged: undefined, asked: new Set() },
    };
    memory.partitions.set(key, known);
  }
  return known;
}

export function openBroker(files: FaultyDisk, syncAlways = false): Promise<Broker> {
  return Broker.open({ files, folder: "/data", logger: silentLogger, rebalancingTimeout: 1000, syncAlways });
}

const ALICE = { username: "alice", passwordHash: "", status: "active", permissions: undefined } as const;

/** Tells the life of a server, up to the crash; a step that fails otherwise is noted and the story goes on. */
export async function tell(disk: FaultyDisk, memory: Memory, syncAlways = false): Promise<void> {
  const server = await openBroker(disk, syncAlways);
  await tryTo(disk, () => firstLife(server, disk, memory));
  await server.close();
  const again = await openBroker(disk, syncAlways);
  settlePurges(again, memory);
  await tryTo(disk, () => append(again, memory, "persisted", 0, ["reopened"]));
  await tryTo(disk, () => append(again, memory, "replicated", 0, ["reopened too"]));
  await again.close();
}

async function firstLife(server: Broker, disk: FaultyDisk, memory: Memory): Promise<void> {
  const step = (work: () => Promise<unknown>): Promise<void> => tryTo(disk, work);
  await step(() => create(memory, STREAM, () => server.catalog.change(changes.createStream(STREAM, 1))));
  for (const topic of TOPICS) await step(() => createTopic(server, memory, topic));
  const target = { stream: STREAM, topic: "persisted" } as const;
  await step(() => create(memory, "group", () => server.catalog.change(changes.createGroup(target, "group"))));
  await step(() => create(memory, "alice", () => server.catalog.change(createUser(ALICE, 1))));
  for (let round = 0; round < 3; round++) {
    for (const topic of TOPICS) {
      await step(() => append(server, memory, topic, 0, [`${topic} ${round} a`, `${topic} ${round} b`]));
      await step(() => store(server, memory, topic, 0, round));
    }
  }
  const together = ["x", "y", "z"].map((name) => step(() => append(server, memory, "persisted", 0, [name])));
  await Promise.all(together);
  await step(() => deleteSegments(server, memory, "persisted"));
  for (const topic of TOPICS) {
    await step(() => server.catalog.change(changes.createPartitions({ stream: STREAM, topic }, 1, 1)));
    await step(() => append(server, memory, topic, 1, [`${topic} in a new partition`]));
  }
  for (const topic of TOPICS) {
    await step(() => purge(server, memory, topic));
    await step(() => append(server, memory, topic, 0, [`${topic} after the purge`]));
    await step(() => store(server, memory, topic, 0, 0));
  }
  await step(() => removeOffset(server, memory, "persisted", 0));
}

/** A crash ends the story, any other failure only the step. */
async function tryTo(disk: FaultyDisk, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (disk.crashed || !disk.failed) throw error;
  }
}

async function create(memory: Memory, name: string, work: () => Promise<unknown>): Promise<void> {
  memory.names.asked.add(name);
  await work();
  memory.names.acknowledged.add(name);
}

function createTopic(server: Broker, memory: Memory, name: TopicName): Promise<void> {
  const [durability, consumer_offset_durability] = DURABILITY[name];
  const options = { durability, consumer_offset_durability, segment_size: "1500" };
  const plan = { stream: STREAM, name, partitionsCount: 1, options };
  return create(memory, name, () => server.catalog.change(changes.createTopic(plan, 1)));
}

export async function append(
  server: Broker,
  memory: Memory,
  name: TopicName,
  partition: number,
  payloads: readonly string[],
): Promise<number> {
  const known = partitionMemory(memory, name, partition);
  const record = encodeBatch(
    payloads.map((payload) => ({ payload: Buffer.from(payload) })),
    1,
  );
  const batch = decodeBatchForAppend(record);
  if (!batch.ok) throw new Error(batch.reason);
  for (const payload of payloads) known.refused.add(payload);
  const base = await topicOf(server, name).partitions[partition]!.log.append(record, batch.frameStarts);
  for (const [index, payload] of payloads.entries()) {
    known.acknowledged.set(base + index, payload);
    known.refused.delete(payload);
  }
  if (known.unsurePurge !== undefined) known.unsurePurge.acknowledgedAfter++;
  return base;
}

async function store(
  server: Broker,
  memory: Memory,
  name: TopicName,
  partition: number,
  offset: number | undefined,
): Promise<void> {
  const { stored, unsurePurge } = partitionMemory(memory, name, partition);
  const topic = topicOf(server, name);
  const { incarnation, log } = topic.partitions[partition]!;
  if (offset !== undefined && offset >= log.nextOffset) return;
  stored.asked.add(offset);
  // "Nothing is stored" says nothing about the disk: an earlier store may have failed and yet be there.
  if (offset === undefined && !(await topic.offsets.delete(incarnation, CONSUMER))) return;
  if (offset !== undefined) await topic.offsets.store(incarnation, CONSUMER, offset);
  stored.acknowledged = offset;
  stored.asked.clear();
  if (unsurePurge !== undefined) unsurePurge.acknowledgedAfter++;
}

function removeOffset(server: Broker, memory: Memory, name: TopicName, partition: number): Promise<void> {
  return store(server, memory, name, partition, undefined);
}

async function deleteSegments(server: Broker, memory: Memory, name: TopicName): Promise<void> {
  const { log } = topicOf(server, name).partitions[0]!;
  const known = partitionMemory(memory, name, 0);
  known.deletedBelow = log.nextOffset;
  let left = 2;
  await log.deleteOldest(() => left-- > 0);
  known.deletedBelow = log.firstOffset;
}

async function purge(server: Broker, memory: Memory, topic: TopicName): Promise<void> {
  const affected = [0, 1].map((partition) => partitionMemory(memory, topic, partition));
  for (const known of affected) known.unsurePurge = { acknowledgedAfter: 0 };
  await server.catalog.change(changes.purgeTopic({ stream: STREAM, topic }));
  for (const known of affected) forget(known);
}

/** A purge that failed in its last step shows with the next start whether it happened. */
function settlePurges(server: Broker, memory: Memory): void {
  for (const topic of TOPICS) {
    for (const { id, log } of server.findTopic(STREAM, topic)?.partitions ?? []) {
      const known = partitionMemory(memory, topic, id);
      if (known.unsurePurge?.acknowledgedAfter === 0 && log.nextOffset === 0) forget(known);
      known.unsurePurge = undefined;
    }
  }
}

function forget(known: PartitionMemory): void {
  known.acknowledged = new Map();
  known.refused.clear();
  known.deletedBelow = 0;
  known.unsurePurge = undefined;
  known.stored.acknowledged = undefined;
  known.stored.asked.clear();
}

export function topicOf(server: Broker, name: TopicName): Topic {
  const topic = server.findTopic(STREAM, name);
  if (topic === undefined) throw new Error(`topic ${name} is not there`);
  return topic;
}
