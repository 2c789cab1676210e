import assert from "node:assert/strict";
import { test } from "node:test";
import { messageAt, type PackedMessages } from "@iggy-connectors/sdk";
import fc from "fast-check";
import { RecordGenerator } from "./record-generator.ts";

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const bytesAt = (records: PackedMessages, index: number) =>
  Buffer.from(records.bytes.subarray(records.starts[index], records.ends[index]));
const decode = (records: PackedMessages, index: number) => JSON.parse(bytesAt(records, index).toString());

test("records have the original's fields in its order", () => {
  const generator = new RecordGenerator(100);
  const records = generator.generate(0, 50);
  for (let index = 0; index < records.length; index++) {
    const record = decode(records, index);
    assert.deepEqual(Object.keys(record), ["id", "title", "name", "text"]);
    assert.match(record.id, UUID_V4);
    assert.equal(record.title, "Hello");
    assert.equal(record.name, "World");
    assert.match(record.text, /^[A-Za-z0-9]{100}$/);
    assert.equal(bytesAt(records, index).toString(), JSON.stringify(record));
    assert.ok(bytesAt(records, index).length <= generator.recordBytes);
  }
});

test("a record is a function of seed and position, in any batch", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ minLength: 1 }), fc.integer()),
      fc.oneof(fc.nat(), fc.integer({ min: 2 ** 32 - 5, max: 2 ** 40 })),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 0, max: 30 }),
      (seed, position, count, textLength) => {
        const whole = new RecordGenerator(textLength, seed).generate(position, count);
        for (let index = 0; index < count; index++) {
          const single = new RecordGenerator(textLength, seed).generate(position + index, 1);
          assert.deepEqual(bytesAt(single, 0), bytesAt(whole, index));
          assert.match(decode(whole, index).text, new RegExp(`^[A-Za-z0-9]{${textLength}}$`));
          assert.equal(messageAt(single, 0).id, messageAt(whole, index).id);
        }
      },
    ),
  );
});

test("the message id is the record's UUID", () => {
  const batch = new RecordGenerator(0, 7).generate(3, 2);
  for (const index of [0, 1]) {
    const { id } = decode(batch, index);
    assert.equal(messageAt(batch, index).id, BigInt(`0x${id.replaceAll("-", "")}`));
  }
});

test("identities do not repeat, neither among positions nor among seeds", () => {
  const ids = new Set<string>();
  for (const seed of ["a", "b", undefined, undefined]) {
    const batch = new RecordGenerator(0, seed).generate(0, 5000);
    for (let index = 0; index < 5000; index++) ids.add(decode(batch, index).id);
  }
  assert.equal(ids.size, 20_000);
});

test("every character is as likely, in each of the two places of a pair", () => {
  const text = decode(new RecordGenerator(620_000, 1).generate(0, 1), 0).text as string;
  for (const place of [0, 1]) {
    const counts = new Map<string, number>();
    for (let at = place; at < text.length; at += 2) counts.set(text.charAt(at), (counts.get(text.charAt(at)) ?? 0) + 1);
    assert.equal(counts.size, 62);
    // 5000 of each are expected, with a standard deviation of 70.
    for (const [character, count] of counts) assert.ok(Math.abs(count - 5000) < 350, `${character}: ${count}`);
  }
});

test("batch sizes cover the range, the upper bound excluded", () => {
  const generator = new RecordGenerator(0, 1);
  const sizes = new Set(Array.from({ length: 500 }, (_, position) => generator.batchSize(position, 3, 7)));
  assert.deepEqual([...sizes].sort(), [3, 4, 5, 6]);
});
