import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeFrames, PARTITION } from "@iggy-connectors/test-support";
import { compileTransforms } from "../../chain/compile.ts";
import { createBatchPlan } from "../../plan/batch-plan.ts";

const SOURCE = { table: "t", lsn: 9 };

/** What becomes of a message: its payload, `filtered`, or the reason of the failure. */
async function outcome(settings: object, payload: unknown): Promise<string> {
  const transforms = await compileTransforms([{ type: "debezium_unwrap", ...settings }]);
  const frames = makeFrames([{ payload: JSON.stringify(payload) }]);
  const { batch, failed } = createBatchPlan({ schema: "json", transforms }).run(frames, PARTITION);
  const [failure] = failed;
  if (failure !== undefined) return `${failure.error.code}: ${failure.error.message.replace(/^.*?: /, "")}`;
  const [message] = batch;
  return message === undefined ? "filtered" : Buffer.from(message.payload).toString();
}

const event = (op: string, before: unknown, after: unknown) => ({ op, before, after, source: SOURCE, ts_ms: 1 });
const TRUNCATE = event("t", null, null);
const MESSAGE = { op: "m", ts_ms: 1, source: SOURCE, message: { prefix: "p", content: "AA==" } };

describe("debezium_unwrap", () => {
  for (const [name, settings, payload, expected] of [
    ["a created row", {}, event("c", null, { id: 1 }), '{"id":1}'],
    ["a row read by a snapshot", {}, event("r", null, { id: 1 }), '{"id":1}'],
    ["an event beside its schema", {}, { schema: {}, payload: event("u", { id: 1 }, { id: 2 }) }, '{"id":2}'],
    ["a deletion", {}, event("d", { id: 1 }, null), "filtered"],
    ["a deletion without the row before", {}, event("d", null, null), "filtered"],
    ["a deletion to be kept", { deletes: "rewrite" }, event("d", { id: 1 }, null), '{"id":1,"__deleted":true}'],
    [
      "a deletion to be kept, without the row before",
      { deletes: "rewrite" },
      event("d", null, null),
      "IGC_TRANSFORM_CHANGE_EVENT: a change event with operation d has no row: before is null",
    ],
    ["a deletion as a tombstone", { deletes: "tombstone" }, event("d", null, null), "null"],
    ["a truncated table", {}, TRUNCATE, "IGC_TRANSFORM_CHANGE_EVENT: the message is the truncation of a table"],
    [
      "a truncated table, without rows at all",
      {},
      { op: "t", source: SOURCE },
      "IGC_TRANSFORM_CHANGE_EVENT: the message is the truncation of a table",
    ],
    ["a truncated table to be dropped", { truncates: "drop" }, TRUNCATE, "filtered"],
    ["a truncated table to be passed", { truncates: "pass" }, TRUNCATE, JSON.stringify(TRUNCATE)],
    ["a logical message", {}, MESSAGE, "IGC_TRANSFORM_CHANGE_EVENT: the message is a logical decoding message"],
    ["a logical message to be dropped", { messages: "drop" }, MESSAGE, "filtered"],
    ["a logical message to be passed", { messages: "pass" }, MESSAGE, JSON.stringify(MESSAGE)],
    ["a tombstone", {}, null, "filtered"],
    ["a tombstone with a schema", {}, { schema: null, payload: null }, "filtered"],
    ["a tombstone to be passed", { tombstones: "pass" }, null, "null"],
    ["a tombstone to fail", { tombstones: "fail" }, null, "IGC_TRANSFORM_CHANGE_EVENT: the message is a tombstone"],
    ["a heartbeat", {}, { ts_ms: 1 }, '{"ts_ms":1}'],
    ["a heartbeat to be dropped", { others: "drop" }, { ts_ms: 1 }, "filtered"],
    [
      "a row with a field op",
      { others: "fail" },
      { op: "u", id: 1 },
      "IGC_TRANSFORM_CHANGE_EVENT: the message is not a change event",
    ],
    [
      "an unknown operation",
      {},
      event("x", null, { id: 1 }),
      'IGC_TRANSFORM_CHANGE_EVENT: the operation "x" is unknown',
    ],
    [
      "an update without a row",
      {},
      event("u", { id: 1 }, null),
      "IGC_TRANSFORM_CHANGE_EVENT: a change event with operation u has no row: after is null",
    ],
    [
      "a row that is a string",
      {},
      event("c", null, '{"_id":1}'),
      "IGC_TRANSFORM_CHANGE_EVENT: a change event with operation c has no row: after is a string",
    ],
    [
      "a row with a field of an added name",
      { add_fields: ["op"] },
      event("c", null, { __op: 1 }),
      "IGC_TRANSFORM_CONFLICT: op and another field would both be named __op",
    ],
    [
      "a row with a field of an added name, kept",
      { add_fields: ["op", "source.lsn"], on_conflict: "keep" },
      event("c", null, { __op: 1 }),
      '{"__op":1,"__source_lsn":9}',
    ],
  ] as const) {
    it(`gives for ${name}: ${expected}`, async () => assert.equal(await outcome(settings, payload), expected));
  }

  it("refuses two added values of one name", async () => {
    await assert.rejects(
      outcome({ add_fields: ["source.table", "source_table"] }, {}),
      /would be named __source_table/,
    );
  });
});
