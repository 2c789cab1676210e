import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { TaskState } from "../../shared/task/states.ts";
import { mayFollow } from "../../shared/task/states.ts";
import { Health } from "./health.ts";

type Action =
  | { readonly kind: "failing"; readonly place: string; readonly blocked: boolean }
  | { readonly kind: "resolved"; readonly place: string };

const place = fc.constantFrom("a", "b", "c");
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant("failing" as const), place, blocked: fc.boolean() }),
  fc.record({ kind: fc.constant("resolved" as const), place }),
);

describe("health", () => {
  it("derives the state from the open failures, in whatever order they come and go", () => {
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
          if (each.kind === "failing") {
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

  it("keeps the time of the first failure of a place, and says when the next attempt is due", () => {
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

  it("rejects a transition that is not in the table", () => {
    const health = new Health(() => {});
    assert.throws(() => health.enter("paused"), /cannot go from starting to paused/);
  });
});
