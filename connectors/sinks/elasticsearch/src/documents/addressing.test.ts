import assert from "node:assert/strict";
import { test } from "node:test";
import { FatalError, type MessageBatch, RejectedError } from "@iggy-connectors/sdk";
import { batchOf, TEST_PARTITION } from "@iggy-connectors/testing";
import fc from "fast-check";
import { elasticsearchSinkConfig } from "../config.ts";
import { Addressing, missingInIds } from "./addressing.ts";

function addressing(settings: Record<string, unknown> = {}): Addressing {
  return new Addressing(elasticsearchSinkConfig.parse({ url: "http://h", index: "orders", ...settings }));
}

function actionOf(batch: MessageBatch, settings: Record<string, unknown> = {}, index = 0): unknown {
  const to = addressing(settings);
  return JSON.parse(to.action(batch, index, to.index(batch, index)));
}

const batch = batchOf(['{"id":"A-1","tenant":"Acme","n":7}', "{}"], { firstOffset: 41n });

test("by default the id is the place in Iggy", () => {
  assert.deepEqual(actionOf(batch), { index: { _index: "orders", _id: "orders:created:0:41" } });
});

test("ids that are made of offsets must say whatever can differ", () => {
  const streams = (...topics: string[]) => [{ stream: "s", topics, pattern: false }];
  const two = [...streams("a"), { stream: "r", topics: ["a"], pattern: false }];
  const missing = (document_id: string, read = streams("a", "b"), index = "x") =>
    missingInIds({ document_id, index }, read).join();
  assert.equal(missing("{offset}"), "{topic},{partition}");
  assert.equal(missing("{offset}", two), "{stream},{partition}");
  assert.equal(missing("{partition}-{offset}", streams("a")), "");
  assert.equal(missing("{partition}-{offset}"), "{topic}");
  assert.equal(missing("{partition}-{offset}", undefined, "i-{topic}"), "");
  assert.equal(missing("{partition}-{offset}", [{ stream: "s", topics: [], pattern: true }]), "{topic}");
  for (const other of ["", "{id}", "{payload.k}", "{payload.k}-{offset}", "{header.h}"])
    assert.equal(missing(other), "");
});

test("positions in two histories of a topic are two ids, other ids stay as they are", () => {
  const inHistory = (history: string) => batchOf(['{"k":"a"}'], { ref: { ...TEST_PARTITION, history } });
  const id = (history: string, document_id?: string) =>
    (actionOf(inHistory(history), document_id === undefined ? {} : { document_id }) as { index: { _id: string } }).index
      ._id;
  for (const template of [undefined, "eu/{stream}/{topic}/{partition}/{offset}"]) {
    assert.match(id("one", template), /0@[0-9a-f]{10}$/);
    assert.equal(id("one", template), id("one", template));
    assert.notEqual(id("one", template), id("two", template));
  }
  for (const template of ["{payload.k}", "{id}"]) assert.equal(id("one", template), id("two", template));
});

test("two positions never share an id, with any names of streams and topics", () => {
  const name = fc.string({ minLength: 1, unit: fc.constantFrom("a", ":", "%", "3", "A", "é") });
  const place = fc.record({ stream: name, topic: name, partition: fc.nat(20), offset: fc.bigInt(0n, 200n) });
  const to = addressing();
  const id = ({ offset, ...ref }: { stream: string; topic: string; partition: number; offset: bigint }) =>
    to.action(batchOf(["{}"], { ref, firstOffset: offset }), 0, "x");
  fc.assert(
    fc.property(place, place, (one, other) => {
      const same = (["stream", "topic", "partition", "offset"] as const).every((key) => one[key] === other[key]);
      assert.equal(id(one) === id(other), same);
    }),
  );
});

test("the action that is made in one piece is the one that its parts make", () => {
  const name = fc.oneof(fc.string({ minLength: 1, maxLength: 40 }), fc.constant("\u00e9".repeat(100)));
  const ref = fc.record({ stream: name, topic: name, partition: fc.nat(3) });
  const quick = addressing({ index: "{partition}-x" });
  const general = addressing({ index: "{partition}-x", routing: "{partition}" });
  fc.assert(
    fc.property(ref, fc.bigInt(0n, 2n ** 64n - 1n), (place, firstOffset) => {
      fc.pre(place.stream.isWellFormed() && place.topic.isWellFormed());
      const one = batchOf(["{}"], { ref: place, firstOffset });
      const { index } = JSON.parse(general.action(one, 0, general.index(one, 0))) as { index: { routing?: string } };
      delete index.routing;
      assert.deepEqual(JSON.parse(quick.action(one, 0, quick.index(one, 0))), { index });
    }),
  );
});

test("op_type, version, routing and ids of the message's own", () => {
  assert.deepEqual(actionOf(batch, { op_type: "create", document_id: "{id}" }), {
    create: { _index: "orders", _id: "1".padStart(32, "0") },
  });
  assert.deepEqual(actionOf(batch, { data_stream: true, document_id: "" }), { create: { _index: "orders" } });
  assert.deepEqual(actionOf(batch, { document_id: "{payload.id}", version: "offset", routing: "{payload.tenant}" }), {
    index: { _index: "orders", _id: "A-1", routing: "Acme", version: 41, version_type: "external" },
  });
  const kinds = {
    "": "server",
    "{id}": "message",
    "eu/{stream}/{topic}/{partition}/{offset}": "message",
    "{stream}:{topic}:{partition}:{offset}:{timestamp}": "message",
    // Partition 1, offset 23 would be partition 12, offset 3.
    "{stream}:{topic}:{partition}{offset}": "value",
    "{stream}-{topic}:{partition}:{offset}": "value",
    "{stream}:{payload.a}:{topic}:{payload.b}:{partition}:{offset}": "value",
    "{payload.id}": "value",
    "{offset}": "value",
    "x{{id}}": "value",
  };
  for (const [document_id, identity] of Object.entries(kinds)) {
    assert.equal(addressing({ document_id }).identity, identity, document_id);
  }
});

test("what a transform made of one message gets ids of its own", () => {
  const derived = { ...batchOf(["{}", "{}", "{}"]), length: 3, consumed: 2 };
  const offsets = [5n, 5n, 6n];
  const three = {
    ...derived,
    offset: (index: number) => offsets[index]!,
    at: (index: number) => ({ offset: offsets[index]! }),
    stream: "s",
    topic: "t",
    partition: 0,
  };
  const ids = [0, 1, 2].map(
    (index) => (actionOf(three as unknown as MessageBatch, {}, index) as { index: { _id: string } }).index._id,
  );
  assert.deepEqual(ids, ["s:t:0:5", "s:t:0:5:1", "s:t:0:6"]);
});

test("ids that are too long become a hash of them", () => {
  const long = batchOf([JSON.stringify({ id: "é".repeat(300) }), JSON.stringify({ id: "é".repeat(301) })]);
  const ids = [0, 1].map(
    (index) => (actionOf(long, { document_id: "{payload.id}" }, index) as { index: { _id: string } }).index._id,
  );
  assert.match(ids[0]!, /^[0-9a-f]{64}$/);
  assert.notEqual(ids[0], ids[1]);
});

test("the name of an index is made of what the message is, in lower case", () => {
  const name = (index: string) => addressing({ index }).index(batch, 0);
  assert.equal(name("{stream}-{payload.tenant}-{year}.{month}.{day}"), "orders-acme-2023.11.14");
  assert.equal(addressing({ index: "logs-{year}-{topic}" }).indexPattern, "logs-*-*");
  assert.equal(addressing({ index: "<logs-{{now/d}}>" }).constantIndex, "<logs-{now/d}>");
});

test("no value leads to an invalid name, or to a hidden index of the cluster", () => {
  const values = [
    "a/b",
    "a b",
    "a,b",
    "*",
    "..",
    ".",
    "",
    ".security",
    "_all",
    "-x",
    "a#b",
    "a:b",
    "x".repeat(256),
    "a\u0000",
  ];
  for (const value of values) {
    const message = batchOf([JSON.stringify({ value })], { schema: "json" });
    const rejected = (error: unknown) => error instanceof RejectedError;
    assert.throws(() => addressing({ index: "{payload.value}" }).index(message, 0), rejected, value);
  }
  assert.throws(() => addressing({ index: "{payload.missing}" }).index(batch, 0), RejectedError);
  assert.equal(addressing({ index: ".own-{topic}" }).index(batch, 0), ".own-created");
});

test("an id or a routing that is missing or empty rejects its message", () => {
  const empty = batchOf(['{"id":""}']);
  for (const settings of [
    { document_id: "{payload.id}" },
    { routing: "{payload.id}" },
    { document_id: "{payload.x}" },
  ]) {
    assert.throws(() => actionOf(empty, settings), RejectedError);
  }
});

test("templates that can never work name their key", () => {
  for (const key of ["index", "document_id", "routing"]) {
    assert.throws(
      () => addressing({ [key]: "{nothing}" }),
      (error: unknown) => error instanceof FatalError && error.place === key,
    );
  }
});
