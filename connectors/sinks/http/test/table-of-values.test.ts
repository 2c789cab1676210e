import assert from "node:assert/strict";
import { test } from "node:test";
import { DELIVERED_JSON } from "@iggy-connectors/test-support";
import { batchOf } from "@iggy-connectors/testing";
import { setup } from "./setup.ts";

for (const batch_mode of ["ndjson", "json_array", "individual"]) {
  test(`what every codec delivers is sent as it was delivered: ${batch_mode}`, async (t) => {
    const { destination, consume } = await setup(t, { batch_mode, include_metadata: false });
    await consume(batchOf([...DELIVERED_JSON]));
    const bodies = destination.requests.map(({ body }) => body.toString());
    if (batch_mode === "individual") assert.deepEqual([...bodies].sort(), [...DELIVERED_JSON].sort());
    else if (batch_mode === "ndjson") assert.equal(bodies.join("").trimEnd(), DELIVERED_JSON.join("\n"));
    else assert.equal(bodies.join(""), `[${DELIVERED_JSON.join(",")}]`);
  });
}
