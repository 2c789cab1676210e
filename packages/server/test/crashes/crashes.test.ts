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

const POWER_LOSSES: readonly Survivors[] = (["current", "synced"] as const).flatMap((names) =>
  (["none", "all", "first-half", "second-half", "zeros"] as const)
    .map((data): Survivors => ({ names, data }))
    .filter(({ data }) => names !== PROCESS_DEATH.names || data !== PROCESS_DEATH.data),
);

/** Tells the story on a disk that fails once. */
async function storyWith(faultAt: number, fault: Fault): Promise<{ disk: FaultyDisk; memory: Memory }> {
  const disk = new FaultyDisk(faultAt, fault);
  const memory = newMemory();
  await tell(disk, memory).catch((error: unknown) => {
    // A start may be refused by the disk; anything else must be the crash.
    if (!disk.failed) throw error;
  });
  return { disk, memory };
}

async function operationsOfStory(): Promise<number> {
  const disk = new FaultyDisk();
  await tell(disk, newMemory());
  return disk.operations;
}

/** Starts on what is left, compares it with what clients know, writes more and looks again after another start. */
async function checkAfter(disk: FaultyDisk, survivors: Survivors, memory: Memory, place: string): Promise<void> {
  try {
    const next = disk.restarted(survivors);
    const server = await openBroker(next);
    checkNames(server, memory);
    for (const topic of TOPICS) {
      if (server.findTopic(STREAM, topic) !== undefined) await checkTopic(next, server, topic, memory, survivors);
    }
  } catch (error) {
    throw new Error(`${place}, then ${JSON.stringify(survivors)}`, { cause: error });
  }
}

async function checkTopic(
  disk: FaultyDisk,
  server: Broker,
  topic: TopicName,
  memory: Memory,
  survivors: Survivors,
): Promise<void> {
  const { partitions, offsets } = topicOf(server, topic);
  const isPromised = topic === "persisted" || survivors === PROCESS_DEATH;
  for (const { id, incarnation, log } of partitions) {
    const known = partitionMemory(memory, topic, id);
    const messages = new Map(await readMessages(log, 0, 1000));
    checkMessages(messages, known, isPromised);
    checkStored(offsets.get(incarnation, CONSUMER), known, log.nextOffset, isPromised);
    assert.equal(log.messagesCount, messages.size);
  }
  const expected = new Map(await readMessages(partitions[0]!.log, 0, 1000));
  const base = await append(server, newMemory(), topic, 0, ["after"]);
  assert.ok(base > Math.max(-1, ...expected.keys()));
  expected.set(base, "after");
  const again = await openBroker(disk.restarted(PROCESS_DEATH));
  assert.deepEqual(new Map(await readMessages(topicOf(again, topic).partitions[0]!.log, 0, 1000)), expected);
}

function checkNames(server: Broker, { names }: Memory): void {
  const found = new Set(
    server.catalog.document.streams.flatMap(({ name, topics }) => [name, ...topics.map((topic) => topic.name)]),
  );
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

for (const when of ["before", "middle", "after"] as const) {
  test(`a crash ${when} any operation loses nothing that was promised and invents nothing`, async () => {
    const operations = await operationsOfStory();
    assert.ok(operations > 100);
    for (let at = 0; at < operations; at++) {
      const { disk, memory } = await storyWith(at, { kind: "crash", when });
      assert.ok(disk.crashed);
      for (const survivors of [PROCESS_DEATH, ...POWER_LOSSES]) {
        await checkAfter(disk, survivors, memory, `crash ${when} operation ${at}`);
      }
    }
  });
}

test("a short write at any operation is continued", async () => {
  const operations = await operationsOfStory();
  for (let at = 0; at < operations; at++) {
    const { disk, memory } = await storyWith(at, { kind: "short" });
    for (const survivors of [PROCESS_DEATH, ...POWER_LOSSES]) {
      await checkAfter(disk, survivors, memory, `short write at operation ${at}`);
    }
  }
});

for (const code of ["EIO", "ENOSPC"] as const) {
  test(`${code} at any operation harms no acknowledged data`, async () => {
    const operations = await operationsOfStory();
    for (let at = 0; at < operations; at++) {
      const { disk, memory } = await storyWith(at, { kind: "error", code });
      assert.ok(disk.failed && !disk.crashed);
      await checkAfter(disk, PROCESS_DEATH, memory, `${code} at operation ${at}`);
    }
  });
}

test("an error and a loss of power together take nothing that waited for stable storage", async () => {
  const operations = await operationsOfStory();
  for (let at = 0; at < operations; at++) {
    const { disk, memory } = await storyWith(at, { kind: "error", code: "EIO" });
    // What did not wait may have been dropped by the failed sync, as the system itself does not know any more.
    for (const survivors of POWER_LOSSES) {
      const next = disk.restarted(survivors);
      const server = await openBroker(next);
      checkNames(server, memory);
      if (server.findTopic(STREAM, "persisted") === undefined) continue;
      await checkTopic(next, server, "persisted", memory, survivors);
    }
  }
});
