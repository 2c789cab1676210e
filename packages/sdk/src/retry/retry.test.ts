import assert from "node:assert/strict";
import { test } from "node:test";
import { RejectedError, RetryableError } from "../contract/errors.ts";
import { retryDelay } from "./backoff.ts";
import { retry } from "./retry.ts";

const OPTIONS = { attempts: 3, delay: 1, maxDelay: 5 };
const busy = new RetryableError("busy");

test("work is repeated until it succeeds, and each repetition is announced", async () => {
  const attempts: number[] = [];
  const notices: unknown[] = [];
  const result = await retry(
    async (attempt) => {
      attempts.push(attempt);
      if (attempt < 3) throw busy;
      return "done";
    },
    {
      delayAfter: (error, attempt) => retryDelay(error, attempt, OPTIONS),
      onRetry: ({ attempt, error }) => notices.push([attempt, error]),
    },
  );
  assert.equal(result, "done");
  assert.deepEqual(attempts, [1, 2, 3]);
  assert.deepEqual(notices, [
    [1, busy],
    [2, busy],
  ]);
});

test("the error is thrown when delayAfter says that it is over", async () => {
  let calls = 0;
  const work = () =>
    retry(
      async () => {
        calls += 1;
        throw busy;
      },
      { delayAfter: (error, attempt) => retryDelay(error, attempt, OPTIONS) },
    );
  await assert.rejects(work, busy);
  assert.equal(calls, 3);
});

test("an abort ends the pause, and its reason is thrown", async () => {
  const controller = new AbortController();
  const work = retry(async () => Promise.reject(busy), {
    signal: controller.signal,
    delayAfter: () => 60_000,
    onRetry: () => setImmediate(() => controller.abort(new Error("stopped"))),
  });
  await assert.rejects(work, /stopped/);
});

test("only retryable errors have a delay, never below what the other side asked for", () => {
  assert.equal(retryDelay(new RejectedError("no"), 1, OPTIONS), undefined);
  assert.equal(retryDelay(busy, 3, OPTIONS), undefined, "the attempts are used up");
  assert.equal(retryDelay(new RetryableError("busy", { retryAfter: 4 }), 1, OPTIONS), 4);
  assert.equal(retryDelay(new RetryableError("busy", { retryAfter: 6 }), 1, OPTIONS), undefined);
});
