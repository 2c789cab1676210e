import assert from "node:assert/strict";
import { test } from "node:test";
import { IggyError } from "../errors/errors.ts";
import { Partitioner } from "./partitioner.ts";

const BALANCED = { kind: "balanced" } as const;
const key = (text: string) => ({ kind: "key", key: Buffer.from(text) }) as const;

test("a key goes to the partition that the official clients and the server compute", async () => {
  const partitioner = new Partitioner(async () => 3);
  const chosen: Record<string, number> = {};
  for (const text of ["alpha", "beta", "gamma", "user-123"]) {
    chosen[text] = await partitioner.resolve("s", "t", key(text));
  }
  assert.deepEqual(chosen, { alpha: 0, beta: 1, gamma: 0, "user-123": 1 });
});

test("a key is hashed over as many partitions as the topic has", async () => {
  const hashes = { alpha: 1409586120, beta: 2623403401, gamma: 3656099181, k1: 113350462 };
  for (const [text, hash] of Object.entries(hashes)) {
    for (const partitionsCount of [1, 7, 64, 1000]) {
      const partitioner = new Partitioner(async () => partitionsCount);
      assert.equal(await partitioner.resolve("s", "t", key(text)), hash % partitionsCount);
    }
  }
});

test("balanced is a round robin per topic from partition 0; a named partition needs no lookup", async () => {
  const lookups: string[] = [];
  const partitioner = new Partitioner(async (stream, topic) => {
    lookups.push(`${stream}/${topic}`);
    return 3;
  });
  const chosen: number[] = [];
  for (let i = 0; i < 5; i++) chosen.push(await partitioner.resolve("s", "t", BALANCED));
  assert.deepEqual(chosen, [0, 1, 2, 0, 1]);
  assert.equal(await partitioner.resolve("s", "other", BALANCED), 0);
  assert.equal(await partitioner.resolve("s", "third", { kind: "partition", partition: 9 }), 9);
  assert.deepEqual(lookups, ["s/t", "s/other"]);
});

test("sends that start together share one lookup", async () => {
  let lookups = 0;
  const partitioner = new Partitioner(async () => {
    lookups += 1;
    return 2;
  });
  const chosen = await Promise.all([1, 2, 3, 4].map(() => partitioner.resolve("s", "t", BALANCED)));
  assert.deepEqual(chosen, [0, 1, 0, 1]);
  assert.equal(lookups, 1);
});

test("the count is asked again after five seconds, and the cursor is kept", async (context) => {
  let now = 0;
  context.mock.method(performance, "now", () => now);
  let count = 2;
  let lookups = 0;
  const partitioner = new Partitioner(async () => {
    lookups += 1;
    return count;
  });
  assert.equal(await partitioner.resolve("s", "t", BALANCED), 0);
  assert.equal(await partitioner.resolve("s", "t", BALANCED), 1);
  count = 4;
  now = 4999;
  assert.equal(await partitioner.resolve("s", "t", BALANCED), 0);
  now = 5000;
  assert.deepEqual(
    [await partitioner.resolve("s", "t", BALANCED), await partitioner.resolve("s", "t", BALANCED)],
    [1, 2],
  );
  assert.equal(lookups, 2);
});

test("a change is reported, and a failed lookup is tried again by the next send", async () => {
  let answer: number | undefined = 2;
  const partitioner = new Partitioner(async () => {
    if (answer === undefined) throw new IggyError(2010);
    return answer;
  });
  await partitioner.resolve("s", "t", BALANCED);
  assert.equal(await partitioner.changed("s", "t"), false);
  answer = 5;
  assert.equal(await partitioner.changed("s", "t"), true);
  answer = undefined;
  await assert.rejects(partitioner.resolve("s", "missing", BALANCED), { code: 2010 });
  answer = 1;
  assert.equal(await partitioner.resolve("s", "missing", BALANCED), 0);
});
