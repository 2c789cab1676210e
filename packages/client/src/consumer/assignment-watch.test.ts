import assert from "node:assert/strict";
import { test } from "node:test";
import { AssignmentWatch } from "./assignment-watch.ts";

test("a look that failed is due again at once", { timeout: 4000 }, async () => {
  const stopping = new AbortController();
  let looks = 0;
  const sync = async (): Promise<{ assigned: number[] }> => {
    looks += 1;
    if (looks === 1) throw new Error("the connection is lost");
    return { assigned: [3] };
  };
  const watch = new AssignmentWatch(sync, stopping.signal);
  watch.stale();
  await assert.rejects(watch.next(), /the connection is lost/);
  // Without the failure the next look would be due after more seconds than this test may take.
  assert.deepEqual(await watch.next(), [3]);
  assert.equal(looks, 2);
});

test("a watch that is stopped looks no more", async () => {
  const stopping = new AbortController();
  const watch = new AssignmentWatch(() => assert.fail("it looked"), stopping.signal);
  const next = watch.next();
  stopping.abort();
  assert.equal(await next, undefined);
});
