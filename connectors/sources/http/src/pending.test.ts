import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PendingMessages } from "./pending.ts";

const message = (number: number) => ({ payload: Buffer.from(String(number)) });

test("for any sequence of requests, polls and confirmations: in order, each answered once and only after its last message", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("send" as const), count: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ kind: fc.constant("poll" as const), count: fc.integer({ min: 1, max: 7 }) }),
    fc.record({ kind: fc.constant("confirm" as const), count: fc.constant(0) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const pending = new PendingMessages(20, 1000);
      const answers: { end: number; outcome?: string }[] = [];
      let sent = 0;
      let polled = 0;
      let confirmed = 0;
      for (const { kind, count } of steps) {
        if (kind === "send") {
          const messages = Array.from({ length: count }, (_, index) => message(sent + index));
          assert.ok(pending.reserve(count));
          const entry: { end: number; outcome?: string } = { end: sent + count };
          const fits = sent - confirmed === 0 || sent - confirmed + count <= 20;
          assert.equal(
            pending.add({ messages, schema: undefined, bytes: count }, (outcome) => {
              assert.equal(entry.outcome, undefined);
              entry.outcome = outcome;
            }),
            fits,
          );
          if (fits) {
            sent += count;
            answers.push(entry);
          } else pending.release(count);
        } else if (kind === "poll") {
          const { messages } = sent === polled ? { messages: [] } : pending.from(polled, count, 1000);
          assert.deepEqual(
            messages.map(({ payload }) => Number(payload)),
            Array.from({ length: Math.min(count, sent - polled) }, (_, index) => polled + index),
          );
          polled += messages.length;
        } else {
          confirmed = polled;
          pending.confirm(confirmed);
        }
        for (const { end, outcome } of answers) assert.equal(outcome, end <= confirmed ? "stored" : undefined);
        assert.equal(pending.count, sent - confirmed);
      }
      pending.abandon();
      assert.ok(answers.every(({ outcome }) => outcome !== undefined));
      assert.deepEqual([pending.count, pending.bytes], [0, 0]);
    }),
  );
});

test("a batch has the messages of one schema", () => {
  const pending = new PendingMessages(20, 1000);
  const request = (...texts: string[]) => texts.map((text) => ({ payload: Buffer.from(text) }));
  const schemas = ["json", "json", undefined, "json"] as const;
  for (const [index, schema] of schemas.entries()) {
    pending.add({ messages: request(`${index}a`, `${index}b`), schema, bytes: 4 }, () => undefined);
  }
  const batches: string[] = [];
  for (let from = 0; from < pending.count; ) {
    const { messages, schema } = pending.from(from, 3, 1000);
    batches.push(`${schema}: ${messages.map(({ payload }) => Buffer.from(payload).toString()).join(" ")}`);
    from += messages.length;
  }
  assert.deepEqual(batches, ["json: 0a 0b 1a", "json: 1b", "undefined: 2a 2b", "json: 3a 3b"]);
});
