import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mayFollow, STATES, statusOf, TASK_STATES, type TaskState } from "./states.ts";

describe("states", () => {
  it("maps to the original's status field", () => {
    const words = new Map(TASK_STATES.map((state) => [state, statusOf(state)]));
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

  it("allows every state to be reached from the first, and to be left again", () => {
    const reached = new Set<TaskState>(["starting"]);
    for (const state of reached) for (const next of STATES[state].next) reached.add(next);
    assert.deepEqual([...reached].sort(), [...TASK_STATES].sort());
    for (const state of TASK_STATES) assert.ok(STATES[state].next.length > 0);
  });

  it("allows every state before the end to be stopped or to fail", () => {
    for (const state of ["starting", "running", "retrying", "blocked", "standby"] as const) {
      assert.ok(mayFollow(state, "stopping"));
      assert.ok(mayFollow(state, "failed"));
    }
  });
});
