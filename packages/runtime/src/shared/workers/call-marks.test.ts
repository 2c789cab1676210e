import assert from "node:assert/strict";
import { test } from "node:test";
import { CallMarks, createMarks, MARKS_BYTES, readMarks } from "./call-marks.ts";

const RANGE = { stream: "s", topic: "ü\u0001", partition: 3, first: "12", last: "18446744073709551615" };

test("another thread reads which calls are open, and whose code runs", () => {
  const buffer = createMarks();
  assert.equal(buffer.byteLength, MARKS_BYTES);
  const marks = new CallMarks(buffer);
  const waiting = marks.enter({ owner: "1", call: "poll", since: 5, ranges: [] });
  marks.yielded(waiting);
  const running = marks.enter({ owner: "2", call: "consume", since: 6, ranges: [RANGE] });
  marks.beat();
  const read = readMarks(buffer);
  assert.equal(read.beats, 1);
  assert.deepEqual(read.calls.map(({ call }) => call).sort(), ["consume", "poll"]);
  assert.deepEqual(read.running, { owner: "2", call: "consume", since: 6, ranges: [RANGE] });
  marks.yielded(running);
  assert.equal(readMarks(buffer).running, undefined);
  marks.leave(running);
  marks.leave(waiting);
  assert.deepEqual(readMarks(buffer).calls, []);
});

test("a call with more messages than fit is named without them, and too many calls are not named", () => {
  const buffer = createMarks();
  const marks = new CallMarks(buffer);
  const ranges = Array.from({ length: 200 }, (_, partition) => ({ ...RANGE, partition }));
  const big = marks.enter({ owner: "", call: "flush", since: 1, ranges });
  assert.deepEqual(readMarks(buffer).running, { owner: "", call: "flush", since: 1, ranges: [] });
  marks.leave(big);
  const slots = Array.from({ length: 40 }, () => marks.enter({ owner: "", call: "x", since: 1, ranges: [] }));
  assert.equal(readMarks(buffer).calls.length, 32);
  for (const slot of slots) marks.leave(slot);
  assert.deepEqual(readMarks(buffer).calls, []);
  assert.notEqual(marks.enter({ owner: "", call: "x", since: 1, ranges: [] }), undefined);
});

test("memory with anything in it is read without an error", () => {
  const bytes = new Uint8Array(MARKS_BYTES).map((_, index) => (index * 31) % 256);
  assert.deepEqual(readMarks(bytes.buffer).calls, []);
  const text = Buffer.from('{"owner":1}');
  const buffer = createMarks();
  new Int32Array(buffer, 8, 1)[0] = text.length;
  Buffer.from(buffer, 12, text.length).set(text);
  assert.deepEqual(readMarks(buffer).calls, []);
});
