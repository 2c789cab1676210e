import assert from "node:assert/strict";
import { test } from "node:test";
import { batchOf } from "@iggy-connectors/testing";
import { jsonDocuments } from "./documents.ts";
import type { IngestReply } from "./quickwit-api.ts";
import { rejectedMessages } from "./rejections.ts";

const PAYLOADS = ['{"a":1}', '{"b":2}', ' {"a":1}', '{"c":3}'];
const documents = jsonDocuments(batchOf(PAYLOADS, { firstOffset: 10n }));
const failure = (document: string) => ({ message: "no", document, reason: "invalid_schema" });

function rejected(reply: Partial<IngestReply>): [bigint, string][] {
  return rejectedMessages(documents, { num_docs_for_processing: 4, ...reply }).map(({ offset, error }) => [
    offset,
    (error as { code: string }).code,
  ]);
}

const CERTAIN = "IGC_SINK_QUICKWIT_DOCUMENT";
const UNKNOWN = "IGC_SINK_QUICKWIT_DOCUMENT_UNKNOWN";

test("no rejections", () => {
  assert.deepEqual(rejected({}), []);
  assert.deepEqual(rejected({ num_rejected_docs: 0, parse_failures: [] }), []);
});

test("named documents are mapped by their text, in any order, duplicates as often as named", () => {
  const parse_failures = [failure('{"c":3}'), failure('{"a":1}'), failure('{"a":1}')];
  assert.deepEqual(rejected({ num_rejected_docs: 3, parse_failures }), [
    [10n, CERTAIN],
    [12n, CERTAIN],
    [13n, CERTAIN],
  ]);
});

test("all rejected needs no names", () => {
  assert.deepEqual(
    rejected({ num_rejected_docs: 4 }).map(([, code]) => code),
    [CERTAIN, CERTAIN, CERTAIN, CERTAIN],
  );
});

test("some rejected without names: every message that may be one of them is rejected with that said", () => {
  assert.deepEqual(rejected({ num_rejected_docs: 2, parse_failures: [failure('{"b":2}')] }), [
    [10n, UNKNOWN],
    [11n, CERTAIN],
    [12n, UNKNOWN],
    [13n, UNKNOWN],
  ]);
});
