import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { TaskState } from "../../shared/task/states.ts";
import { mayFollow, STATES, statusOf } from "../../shared/task/states.ts";
import { Health } from "./health.ts";

const ALL = Object.keys(STATES) as TaskState[];

describe("states", () => {
  it("says what the original's status field says", () => {
    const words = new Map(ALL.map((state) => [state, statusOf(state)]));
    assert.deepEqual(
      words,
      new Map([
        ["starting", "starting"],
        ["running", "running"],
        ["retrying", "error"],
        ["blocked", "error"],
        ["standby", "starting"],
        ["stopping", "stopping"],
        ["paused", "stopped"],
        ["stopped", "stopped"],
        ["completed", "stopped"],
        ["failed", "error"],
      ]),
    );
  });

  it("lets every state be reached from the first, and left again", () => {
    const reached = new Set<TaskState>(["starting"]);
    for (const state of reached) for (const next of STATES[state].next) reached.add(next);
    assert.deepEqual([...reached].sort(), [...ALL].sort());
    for (const state of ALL) assert.ok(STATES[state].next.length > 0);
  });

  it("lets every live state be stopped or fail", () => {
    for (const state of ["starting", "running", "retrying", "blocked", "standby"] as const) {
      assert.ok(mayFollow(state, "stopping"));
      assert.ok(mayFollow(state, "failed"));
    }
  });
});

type Action =
  | { readonly kind: "trouble"; readonly place: string; readonly blocked: boolean }
  | { readonly kind: "resolved"; readonly place: string };

const place = fc.constantFrom("a", "b", "c");
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant("trouble" as const), place, blocked: fc.boolean() }),
  fc.record({ kind: fc.constant("resolved" as const), place }),
);

describe("health", () => {
  it("derives the state from what is wrong, whatever happens in which order", () => {
    fc.assert(
      fc.property(fc.array(action), fc.nat({ max: 20 }), (actions, startsAfter) => {
        const seen: TaskState[] = ["starting"];
        const health: Health = new Health(() => {
          if (health.state !== seen.at(-1)) seen.push(health.state);
        });
        const model = new Map<string, boolean>();
        let started = false;
        const check = (): void => {
          const expected = !started
            ? "starting"
            : [...model.values()].includes(true)
              ? "blocked"
              : model.size > 0
                ? "retrying"
                : "running";
          assert.equal(health.state, expected);
          const { lastError, retry } = health.snapshot();
          if (health.state === "running") assert.equal(lastError, undefined);
          if (model.size > 0) assert.notEqual(lastError, undefined);
          assert.equal(retry !== undefined, [...model.values()].includes(false));
        };
        for (const [index, each] of actions.entries()) {
          if (index === startsAfter) {
            started = true;
            health.enter("running");
          }
          if (each.kind === "trouble") {
            model.set(each.place, each.blocked);
            health.failing(
              each.place,
              each.blocked ? "blocked" : "retrying",
              new Error("x"),
              1,
              each.blocked ? undefined : 5,
            );
          } else {
            model.delete(each.place);
            health.resolved(each.place);
          }
          check();
        }
        health.enter("stopping");
        health.enter("stopped");
        seen.reduce((from, to) => {
          assert.ok(mayFollow(from, to), `${from} → ${to}`);
          return to;
        });
      }),
    );
  });

  it("keeps since when a trouble repeats itself, and tells the next attempt", () => {
    let now = 1000;
    const health = new Health(
      () => {},
      () => now,
    );
    health.enter("running");
    health.failing("a", "retrying", new Error("1"), 1, 100);
    now = 2000;
    health.failing("a", "retrying", new Error("2"), 2, 200);
    const { retry, lastError, since } = health.snapshot();
    assert.deepEqual(retry, { attempts: 2, since: 1000, nextAttemptAt: 2200 });
    assert.equal(lastError?.message, "2");
    assert.equal(lastError?.timestamp, 2_000_000);
    assert.equal(since, 1000);
  });

  it("refuses a transition that is not in the table", () => {
    const health = new Health(() => {});
    assert.throws(() => health.enter("paused"), /cannot go from starting to paused/);
  });
});
