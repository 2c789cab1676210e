import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FatalError, RejectedError, RetryableError } from "@iggy-connectors/sdk";
import { sinkDefinition } from "../../../test/task/plugins.ts";
import { taskSpec } from "../../../test/task/task-harness.ts";
import { noCounters } from "../../shared/task/counters.ts";
import type { RetrySpec, TaskSpec } from "../../shared/task/task-spec.ts";
import { Health } from "./health.ts";
import { Measurements } from "./measurements.ts";
import { backOff, CANCELLED, isExhausted, type RetryingTask, reportFailure, retry } from "./retry.ts";
import { TaskLogger } from "./task-logger.ts";

const NEVER = new AbortController().signal;

function retryingTask(
  changes: Partial<RetrySpec> = {},
): RetryingTask & { readonly logger: TaskLogger; health: Health } {
  const spec: TaskSpec = taskSpec(sinkDefinition(() => ({ consume: async () => {} })));
  const health = new Health(() => {});
  health.enter("running");
  return {
    spec: { ...spec, retry: { ...spec.retry, ...changes } },
    health,
    counters: noCounters(),
    measured: new Measurements(),
    logger: new TaskLogger("debug", () => {}),
  };
}

/** Fails with the errors in turn, then returns their number. */
function failing(...errors: readonly unknown[]): (attempt: number) => Promise<number> {
  let calls = 0;
  return async (attempt) => {
    assert.equal(attempt, calls + 1);
    if (calls === errors.length) return calls;
    throw errors[calls++];
  };
}

const lines = (task: { readonly logger: TaskLogger }) =>
  task.logger.take().map(({ level, message, fields }) => ({ level, message, fields }));

describe("retry", () => {
  it("reports nothing when the first attempt succeeds", async () => {
    const task = retryingTask();
    assert.equal(await retry(task, { place: "x", signal: NEVER }, async () => "done"), "done");
    assert.deepEqual(task.counters, noCounters());
    assert.deepEqual(lines(task), []);
    assert.equal(task.health.state, "running");
  });

  it("repeats, and says so in state, counters and log until it succeeds", async () => {
    const task = retryingTask();
    const states: string[] = [];
    const result = await retry(
      task,
      { place: "s/t", failure: "the topic cannot be used yet", signal: NEVER, stage: "iggy_send" },
      async (attempt) => {
        states.push(task.health.state);
        return failBefore(attempt, 3, new RetryableError("away", { code: "IGC_TEST_AWAY" }));
      },
    );
    assert.equal(result, 3);
    assert.deepEqual(states, ["running", "retrying", "retrying"]);
    assert.equal(task.health.state, "running");
    assert.deepEqual(task.counters, { ...noCounters(), errors: 2, retries: 2 });
    assert.deepEqual(task.measured.snapshot().retries, [{ stage: "iggy_send", code: "IGC_TEST_AWAY", count: 2 }]);
    assert.deepEqual(
      lines(task),
      [1, 2].map((attempts) => ({
        level: "warn",
        message: "the topic cannot be used yet: away",
        fields: { place: "s/t", attempts },
      })),
    );
  });

  it("shows the attempts and the time of the next one", async () => {
    const task = retryingTask({ initialBackoff: 60_000, maxBackoff: 60_000 });
    const end = new AbortController();
    const before = Date.now();
    const running = retry(task, { place: "x", signal: end.signal }, failing(new Error("away")));
    await new Promise((resolve) => setImmediate(resolve));
    const { state, retry: shown, lastError } = task.health.snapshot();
    assert.equal(state, "retrying");
    assert.equal(lastError?.message, "away");
    assert.equal(shown?.attempts, 1);
    assert.ok(shown.nextAttemptAt >= before + 60_000);
    end.abort();
    assert.equal(await running, CANCELLED);
  });

  it("makes no attempt when it was cancelled before, except where one is requested", async () => {
    const task = retryingTask();
    const options = { place: "x", signal: AbortSignal.abort() };
    assert.equal(await retry(task, options, () => assert.fail("called")), CANCELLED);
    assert.equal(await retry(task, { ...options, tryAtLeastOnce: true }, async () => "done"), "done");
    assert.equal(await retry(task, { ...options, tryAtLeastOnce: true }, failing(new Error("away"))), CANCELLED);
    assert.deepEqual(task.counters, noCounters());
  });

  it("reports no failure of an attempt during which it was cancelled", async () => {
    const task = retryingTask();
    const end = new AbortController();
    const result = await retry(task, { place: "x", signal: end.signal }, async () => {
      end.abort();
      throw new Error("cut short");
    });
    assert.equal(result, CANCELLED);
    assert.deepEqual(lines(task), []);
    assert.equal(task.health.state, "running");
  });

  it("throws a final error: a fatal one, or what the caller names", async () => {
    const task = retryingTask();
    const fatal = new FatalError("never", { code: "IGC_TEST_NEVER" });
    await assert.rejects(retry(task, { place: "x", signal: NEVER }, failing(fatal)), fatal);
    assert.equal(await retry(task, { place: "x", signal: NEVER, isFinal: () => false }, failing(fatal)), 1);
    const refused = new RejectedError("no", { code: "IGC_TEST_NO" });
    const isFinal = (error: unknown): boolean => error === refused;
    await assert.rejects(
      retry(task, { place: "x", signal: NEVER, isFinal }, failing(new Error("a"), refused)),
      refused,
    );
  });

  it("is blocked and logs errors where the caller says so", async () => {
    const task = retryingTask();
    const seen: unknown[] = [];
    const away = new Error("away");
    await retry(
      task,
      {
        place: "x",
        signal: NEVER,
        state: "blocked",
        fields: { dead_letters: 2 },
        onFailure: (...args) => seen.push(...args),
      },
      async (attempt) => {
        if (attempt > 1) assert.equal(task.health.state, "blocked");
        return failBefore(attempt, 2, away);
      },
    );
    assert.deepEqual(seen, [away, 1]);
    assert.deepEqual(lines(task), [{ level: "error", message: "away", fields: { dead_letters: 2, attempts: 1 } }]);
  });
});

describe("a repeated call of a plugin", () => {
  const options = { place: "poll", method: "poll", signal: NEVER, fields: {}, stage: "ffi" } as const;

  it("is logged with its code, and an unclassified error as a bug", async () => {
    const task = retryingTask();
    await retry(task, options, failing(new RetryableError("away", { code: "IGC_TEST_AWAY" }), new TypeError("x")));
    const [first, second] = lines(task);
    assert.deepEqual(first, {
      level: "warn",
      message: "poll failed: away",
      fields: { code: "IGC_TEST_AWAY", attempts: 1 },
    });
    assert.equal(second?.level, "error");
    assert.equal(second.message, "poll threw an unclassified error: x");
    assert.equal(task.counters.retries, 2);
  });

  it("waits as long as the error asks for, and no shorter than the first back-off", () => {
    const task = retryingTask({ initialBackoff: 10, maxBackoff: 50 });
    const delay = (retryAfter: number): number =>
      reportFailure(task, options, new RetryableError("busy", { retryAfter }), 1);
    assert.equal(delay(2000), 2000);
    assert.equal(delay(1), 10);
    assert.equal(reportFailure(task, options, new RetryableError("busy"), 2), 20);
  });
});

describe("back-off without a place", () => {
  it("counts and logs, and leaves the task's state alone", async () => {
    const task = retryingTask();
    await backOff(task, { failure: "onDelivered failed", signal: NEVER }, new Error("away"), 4);
    assert.equal(task.health.state, "running");
    assert.equal(task.counters.errors, 1);
    assert.deepEqual(lines(task), [{ level: "warn", message: "onDelivered failed: away", fields: { attempts: 4 } }]);
  });
});

describe("limits of retries", () => {
  const limits = (maxAttempts: number, maxElapsed: number): RetrySpec => ({
    ...retryingTask().spec.retry,
    maxAttempts,
    maxElapsed,
  });

  it("are none by default", () => {
    assert.equal(isExhausted(limits(0, 0), 1_000_000, 1e9), false);
  });

  it("are reached at the number of attempts, or when the time has passed", () => {
    assert.deepEqual(
      [1, 2, 3].map((attempts) => isExhausted(limits(2, 0), attempts, 1e9)),
      [false, true, true],
    );
    assert.deepEqual(
      [99, 100, 101].map((elapsed) => isExhausted(limits(0, 100), 1, elapsed)),
      [false, true, true],
    );
  });
});

/** Fails before the given attempt, then returns its number. */
async function failBefore(attempt: number, success: number, error: unknown): Promise<number> {
  if (attempt < success) throw error;
  return attempt;
}
