import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { withProgress } from "./progress.ts";

function terminal(t: TestContext, isTTY: boolean): string[] {
  const before = process.stderr.isTTY;
  process.stderr.isTTY = isTTY;
  t.after(() => {
    process.stderr.isTTY = before;
  });
  const written: string[] = [];
  t.mock.method(process.stderr, "write", (text: string) => written.push(text) > 0);
  t.mock.timers.enable({ apis: ["setInterval"] });
  return written;
}

test("work in progress is shown on a terminal, and removed when it ends", async (t) => {
  const written = terminal(t, true);
  const { promise, resolve } = Promise.withResolvers<number>();
  const shown = withProgress("replaying", {}, promise);
  t.mock.timers.tick(300);
  resolve(7);
  assert.equal(await shown, 7);
  assert.equal(written.length, 3);
  assert.match(written[0]!, /replaying$/);
  assert.equal(written[2], "\r\u001b[K");
});

test("nothing is shown with --json, with --quiet, or if the output is a pipe", async (t) => {
  const written = terminal(t, true);
  for (const options of [{ json: true }, { quiet: true }]) await withProgress("x", options, Promise.resolve());
  process.stderr.isTTY = false;
  const { promise, resolve } = Promise.withResolvers<void>();
  const shown = withProgress("x", {}, promise);
  t.mock.timers.tick(10_000);
  resolve();
  await shown;
  assert.deepEqual(written, []);
});
