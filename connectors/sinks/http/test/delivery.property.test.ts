import assert from "node:assert/strict";
import { test } from "node:test";
import { RetryableError } from "@iggy-connectors/sdk";
import { batchOf, type ScriptedAnswer } from "@iggy-connectors/testing";
import fc from "fast-check";
import { setup } from "./setup.ts";

const POISON = "poison";

/** What a failing destination does with a request. `cut`: it accepts it, and its response is lost. */
const fault = fc.constantFrom<ScriptedAnswer>(
  {},
  { status: 503 },
  { status: 429 },
  { fault: "reset" },
  { fault: "cut" },
);

const runs = fc.record({
  messages: fc.array(fc.constantFrom("good", "good", "good", POISON), { minLength: 1, maxLength: 12 }),
  mode: fc.constantFrom("individual", "ndjson", "json_array", "raw"),
  most: fc.integer({ min: 0, max: 5 }),
  inFlight: fc.integer({ min: 1, max: 3 }),
  perPlace: fc.boolean(),
  faults: fc.array(fault, { maxLength: 15 }),
});

test("with any behaviour of the destination every message is accepted or rejected, in order, and only bad ones are rejected", async (t) => {
  await fc.assert(
    fc.asyncProperty(runs, async ({ messages, mode, most, inFlight, perPlace, faults }) => {
      const { consume, destination, sink } = await setup(t, {
        batch_mode: mode,
        include_metadata: false,
        max_batch_messages: most,
        max_in_flight_requests: inFlight,
        max_retries: 1,
        ...(perPlace ? { url: "$/{payload.place}" } : {}),
      });
      const taken: number[] = [];
      const left = [...faults];
      destination.otherwise = ({ body }) => {
        const text = body.toString();
        const answer = left.shift() ?? {};
        if (answer.status !== undefined || answer.fault === "reset") return answer;
        if (text.includes(POISON)) return { status: 422 };
        taken.push(...[...text.matchAll(/"n":(\d+)/g)].map(([, number]) => Number(number)));
        return answer;
      };
      const batch = batchOf(messages.map((kind, n) => JSON.stringify({ n, kind, place: n % 2 })));
      let rejected: number[] | undefined;
      for (let attempt = 1; rejected === undefined; attempt++) {
        assert.ok(attempt < 100);
        try {
          rejected = ((await consume(batch)).rejected ?? []).map(({ offset }) => Number(offset));
        } catch (error) {
          assert.ok(error instanceof RetryableError, String(error));
        }
      }
      await sink.close?.();
      await destination[Symbol.asyncDispose]();

      const bad = messages.flatMap((kind, n) => (kind === POISON ? [n] : []));
      assert.deepEqual(rejected.toSorted(), bad.toSorted());
      const first = [...new Set(taken)];
      const good = messages.flatMap((kind, n) => (kind === POISON ? [] : [n]));
      assert.deepEqual(
        first.toSorted((a, b) => a - b),
        good,
        "every other message was taken",
      );
      if (inFlight > 1) return;
      for (const place of perPlace ? [0, 1] : [undefined]) {
        const own = first.filter((n) => place === undefined || n % 2 === place);
        assert.deepEqual(
          own,
          own.toSorted((a, b) => a - b),
          "in order",
        );
      }
    }),
    { numRuns: 60 },
  );
});
