import assert from "node:assert/strict";
import { test } from "node:test";
import { aborted, endsBefore, pause } from "./signals.ts";

test("a pause ends at the abort", async () => {
  const end = new AbortController();
  const paused = pause(60_000, end.signal);
  end.abort();
  await paused;
  await pause(60_000, end.signal);
});

test("an abort is awaited, also one that is past", async () => {
  const end = new AbortController();
  const ended = aborted(end.signal);
  end.abort();
  await ended;
  await aborted(end.signal);
});

test("endsBefore says whether work ended before the abort", async () => {
  const end = new AbortController();
  assert.equal(await endsBefore(Promise.resolve(), end.signal), true);
  assert.equal(await endsBefore(Promise.reject(new Error("ended all the same")), end.signal), true);
  const pending = endsBefore(new Promise(() => {}), end.signal);
  end.abort();
  assert.equal(await pending, false);
  assert.equal(await endsBefore(Promise.resolve(), end.signal), false);
});
