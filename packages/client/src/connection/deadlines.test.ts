import assert from "node:assert/strict";
import { test } from "node:test";
import { Deadlines } from "./deadlines.ts";

interface Item {
  readonly name: string;
  readonly deadline: number;
  settled: boolean;
}

test("everything that is not settled is told once, in the order of the deadlines, whatever was watched first", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  let now = 1000;
  context.mock.method(performance, "now", () => now);
  const told: string[] = [];
  const deadlines = new Deadlines<Item>((item) => told.push(item.name));
  const watched = (name: string, after: number): Item => {
    const item = { name, deadline: now + after, settled: false };
    deadlines.watch(item);
    return item;
  };
  const pass = (milliseconds: number): void => {
    now += milliseconds;
    context.mock.timers.tick(milliseconds);
  };

  watched("long", 500);
  const settled = watched("settled", 100);
  watched("short", 50);
  const next = watched("next", 300);
  deadlines.forget(settled);
  pass(49);
  // What fires early finds nothing that is due by more than a millisecond.
  assert.deepEqual(told, []);
  pass(1);
  assert.deepEqual(told, ["short"]);
  next.settled = true;
  pass(400);
  assert.deepEqual(told, ["short"], "what is settled is not told, though nobody said so");
  pass(50);
  assert.deepEqual(told, ["short", "long"]);
  watched("later", 10);
  pass(10);
  assert.deepEqual(told, ["short", "long", "later"]);
});

test("a deadline beyond the longest delay is not passed at once", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const told: number[] = [];
  new Deadlines<{ readonly deadline: number; readonly settled: boolean }>(({ deadline }) => told.push(deadline)).watch({
    deadline: performance.now() + 2 ** 40,
    settled: false,
  });
  context.mock.timers.tick(10_000);
  assert.deepEqual(told, []);
});

test("the process lives while something is watched, and no longer", async () => {
  const { spawnSync } = await import("node:child_process");
  const module = JSON.stringify(new URL("./deadlines.ts", import.meta.url).href);
  const script = (end: string): string => `
    const { Deadlines } = await import(${module});
    const deadlines = new Deadlines(() => console.log("told"));
    const [settled, open] = [20_000, 30].map((after) => ({ deadline: performance.now() + after, settled: false }));
    deadlines.watch(settled);
    deadlines.forget(settled);
    ${end}`;
  const run = (end: string) =>
    spawnSync(
      process.execPath,
      [...process.execArgv.filter((flag) => !flag.startsWith("--test")), "--input-type=module", "-e", script(end)],
      {
        encoding: "utf8",
        timeout: 15_000,
      },
    );
  const ended = run("");
  assert.deepEqual([ended.status, ended.stdout], [0, ""], ended.stderr);
  const open = run("deadlines.watch(open);");
  assert.deepEqual([open.status, open.stdout], [0, "told\n"], open.stderr);
});
