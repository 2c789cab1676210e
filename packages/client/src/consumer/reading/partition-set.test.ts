import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "@iggy-connectors/testing";
import { FakeMembership } from "../../../test/fake-membership.ts";
import { type AssignedPartition, type PartitionEnd, PartitionSet } from "./partition-set.ts";

class Work implements AssignedPartition {
  readonly number: number;
  readonly ends: PartitionEnd[] = [];
  started = false;
  ending = false;
  history: string | undefined;
  /** Finishes what is open. */
  finish: () => void = () => {};
  readonly finished = new Promise<void>((resolve) => {
    this.finish = resolve;
  });

  constructor(number: number) {
    this.number = number;
  }

  start(): void {
    this.started = true;
  }

  close(end: PartitionEnd): void {
    this.ending = true;
    this.ends.push(end);
  }
}

function scene(membership: FakeMembership) {
  const stopping = new AbortController();
  const created: Work[] = [];
  const events: string[] = [];
  const set: PartitionSet<Work> = new PartitionSet<Work>(membership, stopping.signal, {
    create(partition) {
      const work = new Work(partition);
      created.push(work);
      return work;
    },
    async retire(work, end) {
      events.push(`retire ${work.number} ${end}`);
      await work.finished;
    },
    onSynced: () => void events.push("synced"),
    onChanged: (assigned, initial) => void events.push(`${initial ? "initial" : "changed"} ${assigned.join()}`),
    async onFailure(error, attempts) {
      events.push(`failed ${attempts}`);
      if (attempts === 2) throw error;
    },
  });
  return { set, created, events, stopping };
}

const of = (numbers: readonly number[]): FakeMembership => {
  const membership = new FakeMembership([[], [], []]);
  membership.assigned = [...numbers];
  return membership;
};

test("what is assigned is taken up and started, what is not any more is retired", async () => {
  const membership = of([2, 0]);
  const { set, created, events, stopping } = scene(membership);
  const following = set.follow();
  assert.deepEqual(set.numbers, [0, 2]);
  assert.ok(created.every(({ started }) => started));
  membership.assigned = [0, 1];
  set.stale();
  await eventually(() => created.length === 3);
  const revoked = created.find(({ number }) => number === 2)!;
  assert.deepEqual(revoked.ends, ["revoked"]);
  assert.deepEqual(set.numbers, [0, 1, 2], "one that drains is still there");
  revoked.finish();
  await eventually(() => set.numbers.length === 2);
  stopping.abort();
  await following;
  assert.deepEqual(events.slice(0, 4), ["initial 2,0", "synced", "retire 2 revoked", "changed 0,1"]);
});

test("a partition is never worked on twice: one that comes back while it drains is taken up afterwards", async () => {
  const membership = of([0]);
  const { set, created, stopping, events } = scene(membership);
  const following = set.follow();
  membership.assigned = [];
  set.stale();
  await eventually(() => created[0]!.ending);
  membership.assigned = [0];
  const synced = () => events.filter((event) => event === "synced").length;
  const before = synced();
  set.stale();
  await eventually(() => synced() > before);
  assert.equal(created.length, 1);
  assert.deepEqual(
    events.filter((event) => event.startsWith("retire")),
    ["retire 0 revoked"],
    "retired once",
  );
  created[0]!.finish();
  await eventually(() => created.length === 2);
  stopping.abort();
  await following;
});

test("a partition that ends by itself is retired, though it is still assigned, and taken up again", async () => {
  const { set, created, stopping } = scene(of([0]));
  const following = set.follow();
  created[0]!.ending = true;
  created[0]!.finish();
  set.stale();
  await eventually(() => created.length === 2);
  stopping.abort();
  await following;
});

test("all are closed and retired at the end, those that drain already with the new reason", async () => {
  const membership = of([0, 1]);
  const { set, created, events, stopping } = scene(membership);
  const following = set.follow();
  membership.assigned = [1];
  set.stale();
  await eventually(() => created[0]!.ending);
  stopping.abort();
  await following;
  const retired = set.retireAll("lost");
  for (const work of created) work.finish();
  await retired;
  assert.deepEqual(created[0]!.ends, ["revoked", "lost"]);
  assert.deepEqual(created[1]!.ends, ["lost"]);
  assert.deepEqual(
    events.filter((event) => event.startsWith("retire")),
    ["retire 0 revoked", "retire 1 lost"],
  );
  assert.deepEqual(set.numbers, []);
});

test("a failed sync is repeated, and ends following when the handler says that none can succeed", async () => {
  const membership = of([0]);
  const { set, events } = scene(membership);
  membership.sync = async () => {
    throw new Error("no such topic");
  };
  const following = set.follow();
  set.stale();
  await assert.rejects(following, /no such topic/);
  assert.deepEqual(events, ["initial 0", "failed 1", "failed 2"]);
});

test("a partition whose log was created again is lost and taken up again", async () => {
  const membership = of([1]);
  membership.histories.set(1, "first");
  const { set, created, events, stopping } = scene(membership);
  const following = set.follow();
  created[0]!.history = "first";
  membership.histories.set(1, "second");
  set.stale();
  await eventually(() => events.includes("retire 1 lost"));
  created[0]!.finish();
  await eventually(() => created.length === 2);
  stopping.abort();
  await following;
});
