import assert from "node:assert/strict";
import { test } from "node:test";
import { append, logEnvironment } from "../../test/records.ts";
import { temporaryFolder } from "../../test/with-server.ts";
import type { TopicEntry } from "../catalog/document.ts";
import { Topic, type TopicEnvironment } from "./topic.ts";

const MIB = 1024 * 1024;

function entry(options: Record<string, string>): TopicEntry {
  return {
    id: 0,
    name: "topic",
    createdAt: 1,
    options: { segment_size: String(MIB), ...options },
    nextGroupId: 0,
    partitions: [
      { id: 0, createdAt: 1, incarnation: 1 },
      { id: 1, createdAt: 1, incarnation: 2 },
    ],
    groups: [],
  };
}

function environment(folder: string, clock: () => number): TopicEnvironment {
  return { rebalancingTimeout: 1000, syncAlways: false, now: () => 0, log: { ...logEnvironment(0, folder), clock } };
}

test("segments whose messages all expired are deleted, the one being written never", async (t) => {
  let now = 1_000_000;
  const topic = Topic.create(
    environment(await temporaryFolder(t), () => now),
    0,
    entry({ message_expiry: "1000" }),
  );
  const { log } = topic.partitions[0]!;
  for (let index = 0; index < 4; index++) {
    now += 400;
    await append(log, ["x".repeat(MIB - 1000)]);
  }
  // Stamped at +400, +800, +1200, +1600: at +2000 the first two are older than 1000 µs.
  now += 400;
  await topic.enforceRetention();
  assert.deepEqual([log.firstOffset, log.nextOffset], [2, 4]);
  now += 1_000_000;
  await topic.enforceRetention();
  assert.deepEqual([log.firstOffset, log.nextOffset], [3, 4]);
  await topic.delete();
});

test("a topic over its size loses its oldest segments, from all partitions, until it fits", async (t) => {
  const maximum = 4 * MIB;
  const topic = Topic.create(
    environment(await temporaryFolder(t), () => 1),
    0,
    entry({ max_topic_size: String(maximum) }),
  );
  for (let index = 0; index < 6; index++) {
    for (const { log } of topic.partitions) await append(log, ["x".repeat(MIB - 1000)]);
  }
  assert.ok(topic.size > maximum);
  await topic.enforceRetention();
  assert.ok(topic.size <= maximum && topic.size > maximum - MIB);
  for (const { log } of topic.partitions) assert.equal(log.nextOffset, 6);
  await topic.delete();
});
