import assert from "node:assert/strict";
import { test } from "node:test";
import { DELIVERED_JSON } from "@iggy-connectors/test-support";
import { batchOf } from "@iggy-connectors/testing";
import { setup } from "./setup.ts";

test("what every codec delivers is the document as it was delivered", async (t) => {
  const { server, consume } = await setup(t, { include_metadata: false });
  await consume(batchOf([...DELIVERED_JSON]));
  const sent = server.bulks().flatMap(({ body }) => body.toString().trimEnd().split("\n"));
  assert.deepEqual(
    sent.filter((_, index) => index % 2 === 1),
    DELIVERED_JSON,
  );
});
