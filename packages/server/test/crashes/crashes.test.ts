import assert from "node:assert/strict";
import { test } from "node:test";
import type { Broker } from "../../src/broker.ts";
import { readMessages } from "../records.ts";
import { type Fault, FaultyDisk, PROCESS_DEATH, type Survivors } from "./faulty-disk.ts";
import {
  append,
  CONSUMER,
  type Memory,
  newMemory,
  openBroker,
  type PartitionMemory,
  partitionMemory,
  STREAM,
  TOPICS,
  type TopicName,
  tell,
  topicOf,
} from "./story.ts";

const POWER_LOSSES: readonly Survivors[] = [
  ...(["none", "first-half", "second-half", "zeros"] as const).map((data) => ({ names: "current", data }) as const),
  ...(["none", "all"] as const).map((data) => ({ names: "synced", data }) as const),
];

/** Tells the story on a disk that fails once. */
async function storyWith(
  faultAt: number,
  fault: Fault,
  syncAlways = false,
): Promise<{ disk: FaultyDisk; memory: Memory }> {
  const disk = new FaultyDisk(faultAt, fault);
  const memory = newMemory();
  await tell(disk, memory, syncAlways).catch((error: unknown) => {
    // A start may be refused by the disk; anything else must be the crash.
    if (!disk.failed) throw error;
  });
  return { disk, memory };
}

async function operationsOfStory(syncAlways = false): Promise<number> {
  const disk = new FaultyDisk();
  await tell(disk, newMemory(), syncAlways);
  return disk.operations;
}

/** Starts on what is left, compares it with what clients know, writes more and looks again after another start. */
async function checkAfter(
  disk: FaultyDisk,
  survivors: Survivors,
  memory: Memory,
  place: string,
  promised: readonly TopicName[] = survivors === PROCESS_DEATH ? TOPICS : ["persisted"],
  looked = TOPICS,
): Promise<void> {
  try {
    const next = disk.restarted(survivors);
    const server = await openBroker(next);
    checkNames(server, memory);
    const topics = looked.filter((topic) => server.findTopic(STREAM, topic) !== undefined);
    const expected = new Map<TopicName, ReadonlyMap<number, string>>();
    for (const topic of topics) {
      await checkTopic(server, topic, memory, promised.includes(topic));
      expected.set(topic, await continued(server, topic));
    }
    const again = await openBroker(next.restarted(PROCESS_DEATH));
    for (const topic of topics) assert.deepEqual(await messagesOf(again, topic, 0), expected.get(topic));
  } catch (error) {
    throw new Error(`${place}, then ${JSON.stringify(survivors)}`, { cause: error });
  }
}

async function checkTopic(server: Broker, topic: TopicName, memory: Memory, isPromised: boolean): Promise<void> {
  const { partitions, offsets } = topicOf(server, topic);
  for (const { id, incarnation, log } of partitions) {
    const known = partitionMemory(memory, topic, id);
    const messages = await messagesOf(server, topic, id);
    checkMessages(messages, known, isPromised);
    checkStored(offsets.get(incarnation, CONSUMER), known, log.nextOffset, isPromised);
    assert.equal(log.messagesCount, messages.size);
  }
}

/** Appends one more message. @returns all there are then. */
async function continued(server: Broker, topic: TopicName): Promise<Map<number, string>> {
  const messages = await messagesOf(server, topic, 0);
  const base = await append(server, newMemory(), topic, 0, ["after"]);
  assert.ok(base > Math.max(-1, ...messages.keys()));
  return messages.set(base, "after");
}

async function messagesOf(server: Broker, topic: TopicName, partition: number): Promise<Map<number, string>> {
  return new Map(await readMessages(topicOf(server, topic).partitions[partition]!.log, 0, 1000));
}

function checkNames(server: Broker, { names }: Memory): void {
  const { streams, users } = server.catalog.document;
  const topics = streams.flatMap((stream) => stream.topics);
  const named = [...streams, ...topics, ...topics.flatMap(({ groups }) => groups)];
  const found = new Set([...named.map(({ name }) => name), ...users.map(({ username }) => username)]);
  for (const name of names.acknowledged) assert.ok(found.has(name), `${name} is gone`);
  for (const name of found) assert.ok(names.asked.has(name), `${name} is invented`);
}

function checkMessages(messages: ReadonlyMap<number, string>, known: PartitionMemory, isPromised: boolean): void {
  for (const [offset, payload] of messages) {
    const expected = known.acknowledged.get(offset);
    if (expected === undefined) assert.ok(known.refused.has(payload), `${payload} at ${offset} is invented`);
    else if (!known.refused.has(payload)) assert.equal(payload, expected, `at ${offset}`);
  }
  if (!isPromised) return;
  if (known.unsurePurge?.acknowledgedAfter === 0 && messages.size === 0) return;
  for (const [offset, payload] of known.acknowledged) {
    if (offset >= known.deletedBelow) assert.equal(messages.get(offset), payload, `acknowledged at ${offset}`);
  }
}

function checkStored(stored: number | undefined, known: PartitionMemory, end: number, isPromised: boolean): void {
  assert.ok(stored === undefined || stored < end, `stored ${stored}, but the next message is ${end}`);
  const { acknowledged, asked } = known.stored;
  if (!isPromised || asked.has(stored)) return;
  if (known.unsurePurge?.acknowledgedAfter === 0 && stored === undefined) return;
  assert.equal(stored, acknowledged, "the stored offset");
}

test("the story holds without faults, and after a restart everything is as it was acknowledged", async () => {
  const disk = new FaultyDisk();
  const memory = newMemory();
  await tell(disk, memory);
  assert.deepEqual(memory.names.acknowledged, memory.names.asked);
  for (const known of memory.partitions.values()) assert.equal(known.refused.size, 0);
  await checkAfter(disk, PROCESS_DEATH, memory, "no fault");
});

// Before an operation is after the one before it.
for (const when of ["middle", "after"] as const) {
  test(`a crash ${when === "after" ? "after" : "in the middle of"} any operation loses nothing promised and invents nothing`, async () => {
    const operations = await operationsOfStory();
    assert.ok(operations > 100);
    for (let at = 0; at < operations; at++) {
      const { disk, memory } = await storyWith(at, { kind: "crash", when });
      assert.ok(disk.crashed);
      for (const survivors of [PROCESS_DEATH, ...POWER_LOSSES]) {
        await checkAfter(disk, survivors, memory, `crash at operation ${at}`);
      }
    }
  });
}

test("where the server waits for every write, a loss of power takes nothing acknowledged of any topic", async () => {
  const operations = await operationsOfStory(true);
  for (let at = 0; at < operations; at++) {
    const { disk, memory } = await storyWith(at, { kind: "crash", when: "middle" }, true);
    for (const survivors of POWER_LOSSES) await checkAfter(disk, survivors, memory, `crash at operation ${at}`, TOPICS);
  }
});

for (const fault of [
  { kind: "short" },
  { kind: "error", code: "EIO" },
  { kind: "error", code: "ENOSPC" },
] satisfies Fault[]) {
  test(`${fault.kind === "short" ? "a short write" : fault.code} at any operation harms no acknowledged data`, async () => {
    const operations = await operationsOfStory();
    for (let at = 0; at < operations; at++) {
      const { disk, memory } = await storyWith(at, fault);
      assert.ok(!disk.crashed);
      await checkAfter(disk, PROCESS_DEATH, memory, `operation ${at}`);
    }
  });
}

test("an error and a loss of power together take nothing that waited for stable storage", async () => {
  const operations = await operationsOfStory();
  for (let at = 0; at < operations; at++) {
    const { disk, memory } = await storyWith(at, { kind: "error", code: "EIO" });
    // What did not wait may have been dropped by the failed sync, as the system itself does not know any more.
    for (const survivors of POWER_LOSSES) {
      await checkAfter(disk, survivors, memory, `EIO at operation ${at}`, ["persisted"], ["persisted"]);
    }
  }
});
