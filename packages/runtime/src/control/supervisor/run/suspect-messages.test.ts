import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sinkDefinition } from "../../../../test/task/plugins.ts";
import { taskSpec } from "../../../../test/task/task-harness.ts";
import type { ProducedProgress } from "../../../shared/workers/call-marks.ts";
import { Suspects } from "../../../worker/sink/suspects.ts";
import { SourceSuspects } from "../../../worker/source/source-suspects.ts";
import { WorkerHang } from "../placements/worker-hang.ts";
import { SuspectMessages } from "./suspect-messages.ts";

const REF = { stream: "s", topic: "t", partition: 0 };
const SPEC = taskSpec(sinkDefinition(() => ({ async consume() {} })));

function hang(call: string, first: bigint, last: bigint): WorkerHang {
  const range = { ...REF, first: first.toString(), last: last.toString() };
  return new WorkerHang(30_000, [{ owner: "", call, since: 0, ranges: [range] }]);
}

/** Delivers as a task does, with workers that hang in any call that is given a bad message. Returns how it went. */
function deliver(count: number, bad: ReadonlySet<number>, call: "consume" | "flush", batchLength: number) {
  const suspects = new SuspectMessages();
  const delivered: number[] = [];
  const dead: number[] = [];
  let hangs = 0;
  for (let next = 0; next < count; ) {
    const known = new Suspects(suspects.addTo(SPEC).suspects);
    const length = Math.min(known.limit(REF, BigInt(next), batchLength), count - next);
    const failure = known.failureAt(REF, BigInt(next), 0);
    if (failure !== undefined) {
      dead.push(next);
      next += 1;
    } else {
      const batch = Array.from({ length }, (_, index) => next + index);
      if (batch.some((offset) => bad.has(offset))) {
        hangs += 1;
        suspects.hung(hang(call, BigInt(next), BigInt(next + length - 1)));
        continue;
      }
      delivered.push(...batch);
      next += length;
    }
    const storedOffset = String(next - 1);
    const open = { oldestOpenAt: undefined, inFlight: 0, state: "running" } as const;
    suspects.stored([{ ...REF, storedOffset, endOffset: String(count - 1), lag: 0, ...open }]);
  }
  return { delivered, dead, hangs, left: suspects.addTo(SPEC).suspects };
}

test("every good message is delivered, every bad one is found, with a bounded number of hangs for each", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3000 }),
      fc.uniqueArray(fc.nat({ max: 2999 }), { maxLength: 5 }),
      fc.constantFrom("consume" as const, "flush" as const),
      fc.integer({ min: 1, max: 2000 }),
      (count, chosen, call, batchLength) => {
        const bad = new Set(chosen.filter((offset) => offset < count));
        const { delivered, dead, hangs, left } = deliver(count, bad, call, batchLength);
        assert.deepEqual(new Set(dead), bad);
        assert.equal(delivered.length, count - bad.size);
        assert.ok(delivered.every((offset) => !bad.has(offset)));
        // One hang shows the batch, one each level of 32 parts, one the message alone.
        assert.ok(hangs <= bad.size * (call === "consume" ? 2 : 5), `${hangs} hangs for ${bad.size} messages`);
        assert.equal(left, undefined, "nothing is held against what has ended");
      },
    ),
  );
});

test("what was open beside a message under suspicion is innocent", () => {
  const suspects = new SuspectMessages();
  suspects.hung(hang("consume", 5n, 5n));
  const both = new WorkerHang(30_000, [
    { owner: "", call: "consume", since: 0, ranges: [{ ...REF, partition: 1, first: "0", last: "99" }] },
    { owner: "", call: "consume", since: 0, ranges: [{ ...REF, first: "5", last: "5" }] },
  ]);
  assert.match(suspects.hung(both) ?? "", /s\/t\/0 offset 5 fails/);
  const { suspects: spec } = suspects.addTo(SPEC);
  assert.deepEqual(
    spec?.hanging.map(({ partition, offset }) => [partition, offset]),
    [[0, "5"]],
  );
});

test("a hang outside of a call with messages holds nothing against any", () => {
  const suspects = new SuspectMessages();
  assert.equal(suspects.hung(new WorkerHang(30_000, [])), undefined);
  assert.equal(suspects.addTo(SPEC), SPEC);
});

test("a batch ends before the messages under suspicion", () => {
  const suspects = new SuspectMessages();
  suspects.hung(hang("consume", 10n, 12n));
  const known = new Suspects(suspects.addTo(SPEC).suspects);
  assert.equal(known.limit(REF, 0n, 100), 10);
  assert.equal(known.limit(REF, 10n, 100), 1);
  assert.equal(known.limit(REF, undefined, 100), 1, "where the log begins is not known yet");
  assert.equal(known.limit(REF, 13n, 100), 100);
  assert.equal(known.limit({ ...REF, partition: 1 }, 10n, 100), 100);
});

/** Sends the messages of a source as its task does, with workers that hang in a call with a bad one, and stores no checkpoint before the end. */
function produce(count: number, bad: ReadonlySet<number>, batchLength: number) {
  const suspects = new SuspectMessages();
  for (let hangs = 0; ; hangs++) {
    assert.ok(hangs <= 2 * bad.size, `${hangs} hangs for ${bad.size} messages`);
    const known = new SourceSuspects(suspects.addTo(SPEC).suspects?.produced);
    const sent: number[] = [];
    const dead: number[] = [];
    let hung = false;
    const call = (produced: ProducedProgress, numbers: readonly number[]): void => {
      hung = numbers.some((number) => bad.has(number));
      if (hung) {
        suspects.hung(new WorkerHang(30_000, [{ owner: "", call: "transforms", since: 0, ranges: [], produced }]));
      } else {
        sent.push(...numbers);
      }
    };
    for (let from = 0; from < count && !hung; from += batchLength) {
      const batch = Array.from({ length: Math.min(batchLength, count - from) }, (_, index) => from + index);
      if (!known.apart) call(known.together(batch.length), batch);
      else {
        for (const number of batch) {
          const { produced, failure } = known.alone({ payload: Buffer.from(String(number)) });
          if (failure === undefined) call(produced, [number]);
          else dead.push(number);
          if (hung) break;
        }
      }
    }
    if (!hung) return { sent, dead };
  }
}

test("a source's good messages are sent, its bad ones are found, with two hangs for each at most", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.uniqueArray(fc.nat({ max: 499 }), { maxLength: 5 }),
      fc.integer({ min: 1, max: 200 }),
      (count, chosen, batchLength) => {
        const bad = new Set(chosen.filter((number) => number < count));
        const { sent, dead } = produce(count, bad, batchLength);
        assert.deepEqual(new Set(dead), bad);
        assert.deepEqual(
          sent,
          Array.from({ length: count }, (_, number) => number).filter((number) => !bad.has(number)),
        );
      },
    ),
  );
});

test("decoded payloads are known again, and one that has no text is no error", () => {
  const call = { owner: "", call: "encode", since: 0, ranges: [] };
  const suspects = new SuspectMessages();
  suspects.hung(new WorkerHang(30_000, [{ ...call, produced: { through: 10 } }]));
  const first = new SourceSuspects(suspects.addTo(SPEC).suspects?.produced);
  suspects.hung(new WorkerHang(30_000, [{ ...call, produced: first.alone({ payload: { a: 1n } }).produced }]));
  const next = new SourceSuspects(suspects.addTo(SPEC).suspects?.produced);
  assert.equal(next.alone({ payload: { a: 1n } }).failure?.stage, "encode");
  assert.equal(next.alone({ payload: { a: 2n } }).failure, undefined);
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  assert.equal(next.alone({ payload: circular as never }).failure, undefined);
});
