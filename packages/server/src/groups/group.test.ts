import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ConsumerGroup } from "./group.ts";

const TIMEOUT = 1000;
const MEMBERS = ["a", "b", "c", "d"];

interface World {
  now: number;
  partitions: number;
  readonly group: ConsumerGroup<string>;
}

type Step =
  | { readonly kind: "join" | "leave"; readonly member: string }
  | { readonly kind: "poll" | "store"; readonly member: string; readonly partition: number; readonly offset: number }
  | { readonly kind: "resize"; readonly partitions: number }
  | { readonly kind: "wait"; readonly time: number };

const member = fc.constantFrom(...MEMBERS);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constantFrom("join" as const, "leave" as const), member }),
    fc.record({
      kind: fc.constantFrom("poll" as const, "store" as const),
      member,
      partition: fc.nat(5),
      offset: fc.nat(5),
    }),
    fc.record({ kind: fc.constant("resize" as const), partitions: fc.nat(6) }),
    fc.record({ kind: fc.constant("wait" as const), time: fc.nat(TIMEOUT) }),
  ),
  { maxLength: 60 },
);

function apply(world: World, step: Step): void {
  const { group } = world;
  switch (step.kind) {
    case "join":
      group.join(step.member);
      return;
    case "leave":
      group.leave(step.member);
      return;
    case "poll":
      if (group.mayPoll(step.member, step.partition)) group.polled(step.member, step.partition, step.offset);
      return;
    case "store":
      if (group.mayStore(step.member, step.partition)) group.committed(step.member, step.partition, step.offset);
      return;
    case "resize":
      world.partitions = step.partitions;
      group.resize(step.partitions);
      return;
    case "wait":
      world.now += step.time;
  }
}

function newWorld(partitions: number): World {
  const world: World = {
    now: 0,
    partitions,
    group: new ConsumerGroup<string>(partitions, TIMEOUT, () => world.now),
  };
  return world;
}

function owners(world: World, allowed: (member: string, partition: number) => boolean): string[][] {
  return Array.from({ length: world.partitions }, (_, partition) => MEMBERS.filter((who) => allowed(who, partition)));
}

test("whatever happens, a partition has at most one poller, and it gets one again as time passes", () => {
  fc.assert(
    fc.property(fc.nat(6), steps, (partitions, sequence) => {
      const world = newWorld(partitions);
      const { group } = world;
      let generation = group.generation;
      let seen = "";
      for (const step of sequence) {
        apply(world, step);
        const pollers = owners(world, (who, partition) => group.mayPoll(who, partition));
        const storers = owners(world, (who, partition) => group.mayStore(who, partition));
        const joined = MEMBERS.filter((who) => group.has(who));
        for (const [partition, list] of pollers.entries()) {
          assert.ok(list.length <= 1 && storers[partition]!.length <= 1);
          assert.ok(list.every((who) => storers[partition]!.includes(who)));
          assert.equal(storers[partition]!.length, joined.length === 0 ? 0 : 1);
        }
        for (const who of MEMBERS) {
          const expected = pollers.flatMap((list, partition) => (list.includes(who) ? [partition] : []));
          assert.deepEqual(group.assignment(who), joined.includes(who) ? expected : undefined);
        }
        assert.equal(group.membersCount, joined.length);
        const now = JSON.stringify(pollers);
        assert.ok(group.generation >= generation);
        if (now !== seen && seen !== "") assert.ok(group.generation > generation, "a change without a new generation");
        generation = group.generation;
        seen = now;
      }
      world.now += TIMEOUT;
      const settled = owners(world, (who, partition) => group.mayPoll(who, partition));
      if (group.membersCount > 0) assert.ok(settled.every((list) => list.length === 1));
    }),
  );
});

test("members have equal shares once joins have settled", () => {
  fc.assert(
    fc.property(fc.nat(6), steps, (partitions, sequence) => {
      const world = newWorld(partitions);
      for (const step of sequence) apply(world, step);
      world.now += TIMEOUT;
      const loads = world.group.members().map((one) => one.partitions.length);
      if (loads.length > 0) assert.ok(Math.max(...loads) - Math.min(...loads) <= 1);
    }),
  );
});

test("a join takes nothing that is uncommitted before it is committed or its time is up", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.subarray(MEMBERS, { minLength: 2 }), (partitions, joining) => {
      const world = newWorld(partitions);
      const { group } = world;
      const [first, ...others] = joining;
      group.join(first!);
      for (let partition = 0; partition < partitions; partition++) group.polled(first!, partition, 7);
      for (const other of others) group.join(other);
      for (const other of others) assert.deepEqual(group.assignment(other), []);
      for (let partition = 0; partition < partitions; partition++) {
        assert.ok(group.mayStore(first!, partition));
        group.committed(first!, partition, 6);
        assert.ok(group.mayStore(first!, partition));
      }
      world.now += TIMEOUT - 1;
      for (const other of others) assert.deepEqual(group.assignment(other), []);
      world.now += 1;
      const loads = group.members().map((one) => one.partitions.length);
      assert.ok(Math.max(...loads) - Math.min(...loads) <= 1);
    }),
  );
});

test("a store of a former owner does not end the wait for the current one", () => {
  const { group } = newWorld(2);
  group.join("a");
  group.leave("a");
  group.join("b");
  for (const partition of [0, 1]) group.polled("b", partition, 7);
  group.join("c");
  group.committed("a", 1, 7);
  assert.deepEqual(group.assignment("c"), []);
  group.committed("b", 1, 7);
  assert.deepEqual(group.assignment("c"), [1]);
});

test("the reference's example: three partitions, two members, one leaves", () => {
  const { group } = newWorld(3);
  group.join("a");
  assert.deepEqual([group.assignment("a"), group.generation], [[0, 1, 2], 1]);
  group.join("b");
  assert.deepEqual([group.assignment("a"), group.assignment("b"), group.generation], [[0, 1], [2], 2]);
  group.leave("b");
  assert.deepEqual([group.assignment("a"), group.generation], [[0, 1, 2], 3]);
});
