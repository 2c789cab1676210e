import assert from "node:assert/strict";
import { test } from "node:test";
import { RetryableError } from "@iggy-connectors/sdk";
import fc from "fast-check";
import { type ReplyPolicy, readBulkReply } from "./bulk-reply.ts";

const POLICY: ReplyPolicy = { conflictIsDone: false, indexByMessage: false, createsIndexes: false };

function outcome(status: number, error?: unknown, policy: Partial<ReplyPolicy> = {}): string {
  const [read] = readBulkReply({ items: [{ index: { status, error } }] }, 1, { ...POLICY, ...policy });
  return read!.kind;
}

test("what statuses of single documents mean", () => {
  for (const status of [200, 201]) assert.equal(outcome(status), "done");
  for (const status of [408, 429, 500, 502, 503, 504]) assert.equal(outcome(status), "retry", String(status));
  for (const status of [400, 413, 422]) assert.equal(outcome(status), "rejected", String(status));
  assert.equal(outcome(403, { type: "cluster_block_exception", reason: "read-only" }), "retry");
  assert.equal(outcome(400, { type: "index_closed_exception", reason: "closed" }), "retry");
  assert.equal(outcome(409), "rejected");
  assert.equal(outcome(409, {}, { conflictIsDone: true }), "done");
  assert.equal(outcome(404), "fatal");
  assert.equal(outcome(404, {}, { createsIndexes: true }), "index_missing");
  assert.equal(outcome(404, {}, { indexByMessage: true }), "rejected");
  assert.equal(outcome(403, { type: "security_exception" }), "fatal");
  assert.equal(outcome(403, {}, { indexByMessage: true }), "rejected");
  const stream = { type: "x", reason: "only write ops with an op_type of create are allowed in data streams" };
  assert.equal(outcome(400, stream), "fatal");
});

test("a reason is shown with its cause, without what the server repeats of the request", () => {
  const cause =
    'Current token not numeric\n at [Source: (byte[])"POST /_bulk HTTP/1.1\r\nAuthorization: Basic c2VjcmV0\r\n"; line: 1]';
  const error = { type: "mapper_parsing_exception", reason: "failed to parse [a]", caused_by: { reason: cause } };
  const [read] = readBulkReply({ items: [{ index: { status: 400, error } }] }, 1, POLICY);
  assert.equal(
    read?.kind === "rejected" && read.error.message,
    "the server refused the document with status 400: mapper_parsing_exception: failed to parse [a] (Current token not numeric)",
  );
});

test("an answer that does not speak of every document counts for none", () => {
  const replies = [
    null,
    7,
    [],
    {},
    { errors: false },
    { items: {} },
    { items: [] },
    { items: [{}] },
    { items: [null] },
  ];
  const more = [{ items: [{ index: {} }] }, { items: [{ index: { status: "200" } }] }, { items: [{ index: [200] }] }];
  for (const reply of [...replies, ...more, { items: [{ index: { status: 200 } }, { index: { status: 200 } }] }]) {
    assert.throws(() => readBulkReply(reply, 1, POLICY), RetryableError, JSON.stringify(reply));
  }
});

test("no answer makes a document delivered that has no status of success of its own", () => {
  const status = fc.oneof(fc.integer({ min: -1, max: 700 }), fc.double(), fc.string(), fc.jsonValue());
  const item = fc.oneof(fc.jsonValue(), fc.record({ index: fc.record({ status, error: fc.jsonValue() }) }));
  fc.assert(
    fc.property(fc.array(item, { maxLength: 4 }), fc.integer({ min: 1, max: 4 }), (items, count) => {
      try {
        const outcomes = readBulkReply({ errors: false, items }, count, POLICY);
        for (const [index, { kind }] of outcomes.entries()) {
          const said = Object.values(items[index] as Record<string, { status: number }>)[0]!.status;
          assert.equal(kind === "done", said >= 200 && said < 300);
        }
      } catch (error) {
        assert.ok(error instanceof RetryableError, String(error));
      }
    }),
  );
});
