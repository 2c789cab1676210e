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

test("what statuses of single documents mean where no type says more", () => {
  for (const status of [200, 201]) assert.equal(outcome(status), "done");
  for (const status of [408, 429, 502, 503, 504]) assert.equal(outcome(status), "retry", String(status));
  for (const status of [400, 413, 422, 500]) assert.equal(outcome(status), "unknown", String(status));
  assert.equal(outcome(409), "rejected");
  assert.equal(outcome(409, {}, { conflictIsDone: true }), "done");
  assert.equal(outcome(404), "retry");
  assert.equal(outcome(404, {}, { createsIndexes: true }), "index_missing");
  assert.equal(outcome(404, {}, { indexByMessage: true }), "unknown");
  assert.equal(outcome(401), "retry");
  assert.equal(outcome(403, {}, { indexByMessage: true }), "unknown");
});

/** As the servers write them: status, type, reason. */
const ERRORS: readonly (readonly [expected: string, status: number, type: string, reason: string])[] = [
  [
    "retry",
    400,
    "validation_exception",
    "Validation Failed: 1: this action would add [2] shards, but this cluster currently has [1000]/[1000] maximum normal shards open;",
  ],
  [
    "retry",
    400,
    "illegal_argument_exception",
    "Validation Failed: 1: this action would add [2] total shards, but this cluster currently has [3141]/[3000] maximum shards open;",
  ],
  [
    "retry",
    400,
    "illegal_argument_exception",
    "no write index is defined for alias [orders]. The write index may be explicitly disabled using is_write_index=false or the alias points to multiple indices without one being designated as a write index",
  ],
  ["retry", 400, "illegal_argument_exception", "Alias [orders] has more than one indices associated with it [[a, b]]"],
  ["retry", 400, "illegal_argument_exception", "pipeline with id [enrich] does not exist"],
  ["retry", 403, "cluster_block_exception", "index [orders] blocked by: [FORBIDDEN/8/index write (api)];"],
  ["retry", 429, "cluster_block_exception", "blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage]"],
  ["retry", 503, "cluster_block_exception", "blocked by: [SERVICE_UNAVAILABLE/2/no master];"],
  ["retry", 400, "index_closed_exception", "closed"],
  ["retry", 429, "es_rejected_execution_exception", "rejected execution of coordinating operation"],
  ["retry", 429, "rejected_execution_exception", "rejected execution of coordinating operation"],
  ["retry", 429, "circuit_breaking_exception", "[parent] Data too large"],
  ["retry", 503, "unavailable_shards_exception", "primary shard is not active"],
  ["retry", 503, "process_cluster_event_timeout_exception", "failed to process cluster event (put-mapping) within 30s"],
  ["retry", 404, "shard_not_found_exception", "no such shard"],
  ["retry", 404, "illegal_index_shard_state_exception", "CurrentState[CLOSED]"],
  ["retry", 403, "security_exception", "action [indices:data/write/bulk[s]] is unauthorized for user [me]"],
  ["retry", 404, "index_not_found_exception", "no such index [orders]"],
  ["rejected", 400, "mapper_parsing_exception", "failed to parse field [n] of type [long]"],
  ["rejected", 400, "document_parsing_exception", "[1:6] failed to parse field [n] of type [long]"],
  ["rejected", 400, "strict_dynamic_mapping_exception", "mapping set to strict, dynamic introduction of [x]"],
  ["rejected", 400, "illegal_argument_exception", 'Document contains at least one immense term in field="x"'],
  ["rejected", 409, "version_conflict_engine_exception", "[1]: version conflict, document already exists"],
  ["rejected", 500, "fail_processor_exception", "not wanted"],
  ["unknown", 400, "illegal_argument_exception", "Limit of total fields [1000] has been exceeded"],
  ["unknown", 400, "illegal_argument_exception", "something of a later version"],
  ["unknown", 400, "routing_missing_exception", "routing is required for [orders]/[_doc]/[1]"],
  ["unknown", 500, "null_pointer_exception", "Cannot invoke"],
  ["unknown", 400, "exception_of_a_plugin", "?"],
  ["fatal", 400, "illegal_argument_exception", "only write ops with an op_type of create are allowed in data streams"],
  ["fatal", 400, "invalid_index_name_exception", "Invalid index name [a b]"],
];

test("the type of an error decides who is to blame, its reason where one type means several things", () => {
  for (const [expected, status, type, reason] of ERRORS)
    assert.equal(outcome(status, { type, reason }), expected, `${type}: ${reason}`);
});

test("an index that a message chose never stops the others", () => {
  for (const [expected, status, type, reason] of ERRORS) {
    const kind = outcome(status, { type, reason }, { indexByMessage: true });
    const chosen = expected === "fatal" || type === "security_exception" || type === "index_not_found_exception";
    assert.equal(kind, chosen ? "unknown" : expected, type);
  }
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
