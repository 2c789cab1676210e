import assert from "node:assert/strict";
import { test } from "node:test";
import { OpenReplies } from "./open-replies.ts";

test("the oldest reply that has not ended as a whole tells since when messages are in hand", () => {
  const open = new OpenReplies();
  assert.equal(open.oldestAt, undefined);
  open.opened(9n, 1_000_000);
  open.opened(19n, 2_000_000);
  assert.equal(open.oldestAt, 1000);
  open.endedThrough(8n);
  assert.equal(open.oldestAt, 1000);
  open.endedThrough(12n);
  assert.equal(open.oldestAt, 2000);
  open.endedThrough(19n);
  assert.equal(open.oldestAt, undefined);
  open.opened(29n, 3_000_000);
  open.clear();
  assert.equal(open.oldestAt, undefined);
});
