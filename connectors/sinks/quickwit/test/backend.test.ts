import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { batchOf, openContext, recordingContext } from "@iggy-connectors/testing";
import quickwitSink from "../src/index.ts";
import { type Backend, backend } from "./backend.ts";

/** Run against a real Quickwit when QUICKWIT_URL names one. The original's integration tests, comparing contents. */

const SIGNAL = new AbortController().signal;
const CONSUME = { signal: SIGNAL, attempt: 1 };

const indexYaml = (id: string, mode: "dynamic" | "strict") => `
version: 0.8
index_id: ${id}
doc_mapping:
  mode: ${mode}
  field_mappings:
    - { name: id, type: u64, fast: true }
    - { name: name, type: text }
    - { name: timestamp, type: datetime, input_formats: [unix_timestamp], output_format: unix_timestamp_secs, fast: true }
  timestamp_field: timestamp
indexing_settings:
  commit_timeout_secs: 1
`;

const record = (id: number) => ({ id, name: `name ${id}`, timestamp: 1_700_000_000 + id });
const byId = (documents: unknown[]) => (documents as { id: number }[]).sort((a, b) => a.id - b.id);

async function open(t: TestContext, { url }: Backend, index: string, settings: Record<string, unknown> = {}) {
  const sink = quickwitSink.create(
    quickwitSink.config.parse({ url, index, commit: "force", ...settings }),
    recordingContext("/"),
  );
  t.after(() => sink.close?.());
  await sink.open?.(openContext(SIGNAL));
  return sink;
}

async function deliver(t: TestContext, quickwit: Backend, id: string, count: number, settings = {}): Promise<void> {
  const sink = await open(t, quickwit, indexYaml(id, "dynamic"), settings);
  const payloads = Array.from({ length: count }, (_, n) => JSON.stringify(record(n)));
  const result = await sink.consume(batchOf(payloads), CONSUME);
  assert.deepEqual(result?.rejected, []);
  assert.deepEqual(
    byId(await quickwit.documents(id, count)),
    Array.from({ length: count }, (_, n) => record(n)),
  );
}

test("an index that exists is used as it is", async (t) => {
  const quickwit = await backend(t);
  const id = quickwit.newIndexId();
  await quickwit.create(indexYaml(id, "dynamic"));
  await deliver(t, quickwit, id, 11);
});

test("an index that is missing is created", async (t) => {
  const quickwit = await backend(t);
  await deliver(t, quickwit, quickwit.newIndexId(), 13);
});

test("a thousand documents at once, in several requests, compressed", async (t) => {
  const quickwit = await backend(t);
  await deliver(t, quickwit, quickwit.newIndexId(), 1000, { max_request_bytes: "16KiB", gzip: true });
});

test("with commit = auto documents become searchable by themselves", async (t) => {
  const quickwit = await backend(t);
  await deliver(t, quickwit, quickwit.newIndexId(), 3, { commit: "auto" });
});

test("with commit = wait_for they are searchable when consume returns", async (t) => {
  const quickwit = await backend(t);
  const id = quickwit.newIndexId();
  const sink = await open(t, quickwit, indexYaml(id, "dynamic"), { commit: "wait_for" });
  await sink.consume(batchOf([JSON.stringify(record(1))]), CONSUME);
  assert.equal((await quickwit.documents(id, 1)).length, 1);
});

test("a strict mapping refuses the document with an unknown field, the others are searchable", async (t) => {
  const quickwit = await backend(t);
  const id = quickwit.newIndexId();
  const sink = await open(t, quickwit, indexYaml(id, "strict"));
  const payloads = [record(0), { ...record(1), unknown: true }, record(2)].map((value) => JSON.stringify(value));
  const result = await sink.consume(batchOf(payloads), CONSUME);
  assert.deepEqual(byId(await quickwit.documents(id, 2)), [record(0), record(2)]);
  // The first generation of ingestion says nothing about single documents.
  const offsets = (result?.rejected ?? []).map(({ offset }) => offset);
  assert.ok(offsets.length === 0 || (offsets.length === 1 && offsets[0] === 1n), String(offsets));
  if (process.env.QUICKWIT_URL === undefined) assert.deepEqual(offsets, [1n]);
});
