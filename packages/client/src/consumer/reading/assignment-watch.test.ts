import assert from "node:assert/strict";
import { test } from "node:test";
import { AssignmentWatch } from "./assignment-watch.ts";

test("a read that failed is due again at once", { timeout: 4000 }, async () => {
  const stopping = new AbortController();
  let reads = 0;
  const sync = async (): Promise<{ assigned: number[] }> => {
    reads += 1;
    if (reads === 1) throw new Error("the connection is lost");
    return { assigned: [3] };
  };
  const watch = new AssignmentWatch(sync, stopping.signal);
  watch.stale();
  await assert.rejects(watch.next(), /the connection is lost/);
  // Without the failure the next read would be due after more seconds than this test may take.
  assert.deepEqual(await watch.next(), [3]);
  assert.equal(reads, 2);
});

test("a watch that is stopped reads no more", async () => {
  const stopping = new AbortController();
  const watch = new AssignmentWatch(() => assert.fail("it read the assignment"), stopping.signal);
  const next = watch.next();
  stopping.abort();
  assert.equal(await next, undefined);
});

test("after a join and after each change the assignment is read soon, then less and less often", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const stopping = new AbortController();
  const answers = [[], [], [1], [1], [1], [1], [1], [1], [1], [1]];
  const watch = new AssignmentWatch(async () => ({ assigned: answers.shift()! }), stopping.signal);
  /** Milliseconds until the next read, to a tenth of a second. */
  const delay = async (): Promise<number> => {
    let done = false;
    const next = watch.next().then(() => {
      done = true;
    });
    let waited = 0;
    for (; !done; waited += 50) {
      t.mock.timers.tick(50);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await next;
    return waited - (waited % 100);
  };
  const delays: number[] = [];
  while (answers.length > 0) delays.push(await delay());
  assert.deepEqual(delays, [100, 100, 200, 100, 200, 400, 800, 1600, 3200, 5000]);
});
