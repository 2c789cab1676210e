import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MessageBatch } from "@iggy-connectors/sdk";
import { postgresMissing } from "@iggy-connectors/test-support";
import { framesOf, TEST_PARTITION } from "@iggy-connectors/testing";
import { compileTransforms, createBatchPlan } from "@iggy-connectors/transforms";
import { consume, database } from "./setup.ts";

/** Messages of which a transform makes one per element; offsets from 7 on. */
async function exploded(payloads: readonly string[]): Promise<MessageBatch> {
  const transforms = await compileTransforms([{ type: "explode" }]);
  return createBatchPlan({ schema: "json", transforms }).run(framesOf(payloads, 7n, new Map()), TEST_PARTITION).batch;
}

const COLUMNS = {
  layout: "columns",
  include_checksum: false,
  include_metadata: false,
  include_origin_timestamp: false,
};

describe("what a transform made of one message", { skip: postgresMissing() }, () => {
  it("is written as a whole, once", async (t) => {
    const db = await database(t);
    const sink = await db.open({ payload_format: "json", key: [] });
    const batch = () => exploded(["[1,2,3]", "[4]"]);
    assert.deepEqual(await consume(sink, await batch()), { rejected: [] });
    await consume(sink, await batch());
    assert.deepEqual(await db.column("payload", "messages", "payload"), [1, 2, 3, 4]);
    assert.deepEqual(await db.column("iggy_offset"), ["7", "7", "7", "8"]);
    assert.equal((await sink.committed(TEST_PARTITION))?.offset, 8n);
  });

  for (const [who, table, bad] of [
    ["the sink", "CREATE TABLE messages (n int, d int DEFAULT 0)", '{"n":"x"}'],
    ["the database", "CREATE TABLE messages (n int CHECK (n < 100), d int DEFAULT 0)", '{"n":100}'],
  ] as const) {
    for (const first of ['{"n":1}', '{"n":1,"d":1}']) {
      it(`is rejected as a whole when ${who} refuses a part beside ${first}`, async (t) => {
        const db = await database(t);
        await db.rows(table);
        const sink = await db.open({ ...COLUMNS, auto_create_table: false });
        const result = await consume(sink, await exploded(['[{"n":0}]', `[${first},${bad},{"n":2}]`, '[{"n":3}]']));
        assert.deepEqual(
          result.rejected?.map(({ offset }) => offset),
          [8n],
        );
        assert.deepEqual(await db.column("n", "messages", "n"), [0, 3]);
        assert.equal((await sink.committed(TEST_PARTITION))?.offset, 7n);
      });
    }
  }
});
