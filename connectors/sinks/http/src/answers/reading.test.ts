import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ConnectorError,
  type ConsumeResult,
  FatalError,
  RetryableError,
  UnclassifiedError,
} from "@iggy-connectors/sdk";
import { batchOf } from "@iggy-connectors/testing";
import { setup } from "../../test/setup.ts";

const one = (n: number) => batchOf([`{"n":${n}}`], { firstOffset: BigInt(n) });
const many = (from: number) =>
  batchOf(
    [from, from + 1, from + 2].map((n) => `{"n":${n}}`),
    { firstOffset: BigInt(from) },
  );

/** `taken`, `rejected 1`, or the kind of the error. */
async function outcome(call: Promise<ConsumeResult>): Promise<string> {
  try {
    const { rejected = [] } = await call;
    return rejected.length === 0 ? "taken" : `rejected ${rejected.map(({ offset }) => offset).join()}`;
  } catch (error) {
    return (error as Error).name.replace("Error", "").toLowerCase();
  }
}

/** What every class of answer means: to the first request, and to one message of a destination that takes the others. */
const ANSWERS: readonly (readonly [statuses: readonly number[], first: string, alone: string])[] = [
  [[200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 299], "taken", "taken"],
  [[300, 301, 302, 303, 304, 305, 307, 308, 399], "fatal", "rejected 1"],
  [[400, 409, 413, 422], "rejected 0", "rejected 1"],
  [[401, 407], "fatal", "retryable"],
  [[403, 404, 405], "fatal", "rejected 1"],
  [[402, 406, 410, 411, 412, 414, 415, 416, 417, 418, 424, 426, 428, 431, 451, 499], "unclassified", "rejected 1"],
  [[408, 421, 423, 425, 429], "retryable", "retryable"],
  [[500, 501, 502, 503, 504, 505, 507, 508, 511, 520, 599, 600, 700, 999], "retryable", "retryable"],
];

test("every class of answer has one reading", async (t) => {
  for (const [statuses, first, alone] of ANSWERS) {
    for (const status of statuses) {
      const fresh = await setup(t, { max_retries: 0 });
      fresh.destination.otherwise = { status };
      assert.equal(await outcome(fresh.consume(one(0))), first, `${status} as the first answer`);

      const used = await setup(t, { max_retries: 0 });
      await used.consume(one(100));
      used.destination.otherwise = ({ body }) => (body.includes('"n":1}') ? { status } : {});
      assert.equal(await outcome(used.consume(many(0))), alone, `${status} for one message`);
    }
  }
});

test("a status of address, credentials or form blames no message while none is taken", async (t) => {
  for (const status of [302, 403, 404, 405, 410, 415, 431]) {
    for (const batch_mode of ["individual", "ndjson"]) {
      const { consume, destination } = await setup(t, { max_retries: 0, batch_mode });
      await consume(one(100));
      destination.otherwise = { status };
      const batch = batchOf(Array.from({ length: 100 }, (_, n) => `{"n":${n}}`));
      await assert.rejects(consume(batch), (error: unknown) => error instanceof UnclassifiedError);
      assert.ok(destination.requests.length < 40, `${status}: ${destination.requests.length} requests`);
      // The proxy in front of it is repaired.
      destination.otherwise = {};
      assert.equal(await outcome(consume(batch)), "taken");
    }
  }
});

test("an address that one message leads to does not stop the others, also before anything worked", async (t) => {
  const { consume, destination } = await setup(t, { url: "$/in/{payload.n}", max_retries: 0 });
  destination.otherwise = ({ target }) => (target.endsWith("/1") ? { status: 404 } : {});
  assert.equal(await outcome(consume(many(0))), "rejected 1");
});

test("what was taken is neither sent again nor given up, whatever else the answer is", async (t) => {
  const answers = [
    { fault: "cut" as const },
    { body: "x".repeat(5000) },
    { headers: { "content-encoding": "gzip" }, body: "no gzip" },
    { status: 207, body: "<multistatus/>" },
  ];
  for (const batch_mode of ["individual", "json_array"]) {
    const { consume, destination, context } = await setup(t, { batch_mode, max_response_bytes: 1000 });
    for (const [n, answer] of answers.entries()) {
      destination.script.push(answer);
      assert.equal(await outcome(consume(one(n))), "taken");
    }
    assert.equal(destination.requests.length, answers.length);
    assert.equal(context.lines.filter((line) => /answered 207/.test(line)).length, 1);
  }
});

test("a success that the list of successes lacks stops the connector", async (t) => {
  const { consume, destination } = await setup(t, { success_status_codes: [202] });
  destination.script.push({ status: 202 }, { status: 200 });
  assert.equal(await outcome(consume(one(0))), "taken");
  await assert.rejects(
    consume(one(1)),
    (error: ConnectorError) =>
      error instanceof FatalError && error.code === "IGC_SINK_HTTP_UNLISTED" && /add 200/.test(error.fix ?? ""),
  );
  assert.equal(destination.requests.length, 2);
});

test("409 to a request whose answer was lost means that it was taken, after time to finish", async (t) => {
  const { consume, destination, context } = await setup(t, { max_retries: 2 });
  // In one call: the connection breaks behind the request.
  destination.script.push({ fault: "reset" }, { status: 409 }, { status: 409 }, { status: 409 });
  assert.equal(await outcome(consume(one(0))), "taken");
  assert.equal(destination.requests.length, 4);
  assert.match(context.lines.join(), /Taken by an attempt whose answer was lost/);
  // Across calls.
  destination.script.push({ fault: "reset" }, { fault: "reset" }, { fault: "reset" });
  await assert.rejects(consume(one(1)), RetryableError);
  destination.script.push({ status: 409 }, { status: 500 }, { status: 201 });
  assert.equal(await outcome(consume(one(1))), "taken");
  // Nothing was lost: the destination has something else.
  destination.script.push({ status: 409 });
  assert.equal(await outcome(consume(one(2))), "rejected 2");
  const listed = await setup(t, { success_status_codes: ["2xx", 409] });
  listed.destination.script.push({ status: 409 });
  assert.equal(await outcome(listed.consume(one(0))), "taken");
});

test("an answer without a body names no failure; one that is not as described stops before anything is sent twice", async (t) => {
  const settings = { batch_mode: "ndjson", partial_failures: { items: "items", status: "status" }, max_retries: 0 };
  const { consume, destination } = await setup(t, settings);
  for (const answer of [{ status: 204 }, { status: 200 }]) {
    destination.script.push(answer);
    assert.equal(await outcome(consume(many(0))), "taken");
  }
  destination.script.push({ body: "<html>" });
  // It could be read before: something in between may have answered.
  assert.equal(await outcome(consume(many(3))), "retryable");
  destination.script.push({ body: '{"items":[]}' });
  assert.equal(await outcome(consume(many(3))), "fatal");
  const never = await setup(t, settings);
  never.destination.script.push({ body: "OK" });
  assert.equal(await outcome(never.consume(many(0))), "fatal");
});
