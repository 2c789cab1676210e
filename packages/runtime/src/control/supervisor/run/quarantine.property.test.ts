import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { ScriptedPool } from "../../../../test/supervisor/scripted-pool.ts";
import { sinkDefinition } from "../../../../test/task/plugins.ts";
import { taskSpec } from "../../../../test/task/task-harness.ts";
import { LONGEST_TERM, PROBATION, QUARANTINE } from "./quarantine.ts";
import { TaskSupervisor } from "./task-supervisor.ts";

beforeEach(() => mock.timers.enable({ apis: ["setTimeout", "Date"] }));
afterEach(() => mock.timers.reset());

interface Real {
  readonly pool: ScriptedPool;
  readonly tasks: ReadonlyMap<string, TaskSupervisor>;
}

/** Where a task should be, as the table of states says. */
interface Expected {
  state: "pooled" | "suspected" | "quarantined";
  until: number;
  term: number;
  readonly quarantined: { count: number; last: number };
  readonly suspected: { count: number; last: number };
}

type Model = Map<string, Expected>;

function start(keys: readonly string[], size: number): Real {
  const pool = new ScriptedPool(size);
  const spec = taskSpec(sinkDefinition(() => ({ async consume() {} })));
  const tasks = new Map(
    keys.map((key) => [
      key,
      new TaskSupervisor({
        spec: { ...spec, key },
        place: pool.place,
        isolation: "shared",
        memoryLimit: 64 * 1024 ** 2,
        environment: {},
        restart: { initialBackoff: 1, maxBackoff: 1 },
        onStatus: () => {},
        onLogs: () => {},
        onDescribed: () => {},
        onPlaced: () => {},
        tapSettings: () => undefined,
        onTapped: () => {},
      }),
    ]),
  );
  for (const task of tasks.values()) task.start();
  return { pool, tasks };
}

/** Every message has arrived, and every back-off is over. */
async function settle(): Promise<void> {
  await turn();
  mock.timers.tick(1);
  await turn();
}

function enter(expected: Expected, state: "suspected" | "quarantined"): void {
  const history = expected[state];
  const now = Date.now();
  if (now - history.last > LONGEST_TERM) history.count = 0;
  if (expected.state !== state) history.count++;
  history.last = now;
  expected.state = state;
  expected.term = Math.min(LONGEST_TERM, (state === "quarantined" ? QUARANTINE : PROBATION) * 2 ** (history.count - 1));
  expected.until = now + expected.term;
}

/** A worker with `together` ended; `named`: who is known to have done it. */
function ended(model: Model, together: readonly string[], named: readonly string[]): void {
  const suspects = named.length === 0 ? together : named;
  for (const key of together) {
    const expected = model.get(key)!;
    if (!suspects.includes(key)) {
      if (expected.state === "suspected") expected.state = "pooled";
    } else enter(expected, suspects.length === 1 ? "quarantined" : "suspected");
  }
}

function check(model: Model, { pool, tasks }: Real): void {
  for (const [key, expected] of model) {
    const task = tasks.get(key)!;
    const { isolation, quarantine } = task.placed;
    assert.equal(quarantine?.state ?? "pooled", expected.state, key);
    if (quarantine !== undefined) assert.equal(quarantine.until, expected.until, key);
    const apart = isolation === "thread";
    assert.equal(pool.apart.has(key), apart, `${key} is where its placement says`);
    assert.equal(pool.threadOf(key) === undefined, apart, `${key} is in one place`);
    assert.equal(task.status().state, "running", key);
    if (expected.state === "quarantined") assert.ok(apart);
    const blamed = task.quarantines.values().reduce((sum, count) => sum + count, 0);
    if (blamed === 0) assert.equal(task.restarts.size, 0, `${key} was never to blame and has not failed`);
  }
  for (const { tasks: together } of pool.threads) {
    const states = new Set([...together.values()].map((key) => model.get(key)!.state));
    assert.ok(states.size <= 1, "suspects share with suspects only");
  }
}

type Command = fc.AsyncCommand<Model, Real>;

/** The worker that `key` shares ends, or the thread that it has alone. */
class Fault implements Command {
  readonly key: string;
  readonly kind: "exit" | "hang" | "hang after waiting" | "out of memory";
  constructor(key: string, kind: Fault["kind"]) {
    this.key = key;
    this.kind = kind;
  }
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    const thread = real.pool.threadOf(this.key);
    const expected = model.get(this.key)!;
    if (thread === undefined) {
      if (expected.state === "suspected") enter(expected, "quarantined");
      else expected.until = Date.now() + expected.term;
      real.pool.apart.get(this.key)!(7);
    } else {
      const together = [...thread.tasks.values()];
      if (this.kind === "exit") {
        ended(model, together, [this.key]);
        thread.exit(this.key);
      } else if (this.kind === "hang") {
        ended(model, together, [this.key]);
        thread.hang([this.key]);
      } else if (this.kind === "out of memory") {
        ended(model, together, []);
        thread.fillHeap();
      } else {
        const waiting = together.slice(0, 2);
        ended(model, together, waiting);
        thread.hang(waiting);
      }
    }
    await settle();
    check(model, real);
  }
  toString = () => `${this.kind} of ${this.key}`;
}

class Pass implements Command {
  readonly time: number;
  constructor(time: number) {
    this.time = time;
  }
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    mock.timers.tick(this.time);
    for (const expected of model.values()) {
      if (expected.state !== "pooled" && expected.until <= Date.now()) expected.state = "pooled";
    }
    await settle();
    check(model, real);
  }
  toString = () => `${this.time / 1000} s pass`;
}

test("whatever happens in shared workers, the culprit is apart, the suspects are among themselves, and all others have not failed", async () => {
  const keys = Array.from({ length: 12 }, (_, index) => `k${index}`);
  const commands = fc.commands(
    [
      fc
        .record({
          key: fc.constantFrom(...keys),
          kind: fc.constantFrom<Fault["kind"]>("exit", "hang", "hang after waiting", "out of memory"),
        })
        .map(({ key, kind }) => new Fault(key, kind)),
      fc.constantFrom(1000, PROBATION, QUARANTINE, 4 * QUARANTINE, LONGEST_TERM).map((time) => new Pass(time)),
    ],
    { maxCommands: 25 },
  );
  await fc.assert(
    fc.asyncProperty(commands, fc.integer({ min: 1, max: 4 }), async (asked, size) => {
      const real = start(keys, size);
      const none = () => ({ count: 0, last: 0 });
      const model: Model = new Map(
        keys.map((key) => [key, { state: "pooled", until: 0, term: 0, quarantined: none(), suspected: none() }]),
      );
      await settle();
      check(model, real);
      await fc.asyncModelRun(() => ({ model, real }), asked);
      await new Pass(LONGEST_TERM).run(model, real);
      for (const { placed } of real.tasks.values()) assert.equal(placed.quarantine, undefined, "all have returned");
      await Promise.all([...real.tasks.values()].map((task) => task.stop()));
      assert.equal(real.pool.threads.size + real.pool.apart.size, 0, "nothing is left behind");
    }),
    { numRuns: 100 },
  );
});

test("one of forty that fills the heap is found by few faults", async () => {
  const keys = Array.from({ length: 40 }, (_, index) => `k${index}`);
  const { pool, tasks } = start(keys, 1);
  await settle();
  let faults = 0;
  for (; tasks.get("k17")!.placed.quarantine?.state !== "quarantined"; faults++) {
    const thread = pool.threadOf("k17");
    if (thread === undefined) pool.apart.get("k17")!(1);
    else thread.fillHeap();
    await settle();
    assert.ok(pool.threads.size <= 8 && pool.apart.size <= 4, "it takes few threads");
  }
  assert.equal(faults, 4);
  for (const [key, task] of tasks) assert.equal(task.restarts.size, key === "k17" ? 1 : 0);
});

test("tasks of one connector run in different workers", async () => {
  const pool = new ScriptedPool(2);
  const { tasks } = { tasks: ["a", "a", "b", "c"] };
  const spec = taskSpec(sinkDefinition(() => ({ async consume() {} })));
  const listener = { event() {}, logs() {}, hung() {}, move() {}, exited() {} };
  for (const key of tasks) {
    pool.place({ isolation: "shared", memoryLimit: 0, environment: {}, spec: { ...spec, key } }, listener);
  }
  const shared = [...pool.threads].map(({ tasks: together }) => [...together.values()]);
  assert.deepEqual(shared, [
    ["a", "b"],
    ["a", "c"],
  ]);
});
