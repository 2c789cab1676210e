import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type ConsumeResult, type MessageBatch, RetryableError } from "@iggy-connectors/sdk";
import { BulkServer } from "@iggy-connectors/test-support";
import { batchOf, type ReceivedRequest, type ScriptedAnswer } from "@iggy-connectors/testing";
import fc from "fast-check";
import { createSink } from "./setup.ts";

const server = await BulkServer.start();
after(() => server[Symbol.asyncDispose]());
const plain = server.destination.otherwise as (request: ReceivedRequest) => ScriptedAnswer;

/** What the server does with one bulk request. `lost`: it does all, and its answer gets lost. */
type Behaviour = "good" | "busy" | "failing" | "reset" | "lost" | "cut" | "nonsense" | { readonly busyItems: number };

const behaviour: fc.Arbitrary<Behaviour> = fc.oneof(
  fc.constantFrom<Behaviour>("good", "busy", "failing", "reset", "lost", "cut", "nonsense"),
  fc.record({ busyItems: fc.integer({ min: 1, max: 5 }) }),
);

const BY_KEY = "{payload.key}";

const scenario = fc.record({
  behaviours: fc.array(behaviour, { maxLength: 12 }),
  messages: fc.array(fc.record({ key: fc.constantFrom("a", "b", "c", "d"), bad: fc.integer({ max: 6, min: 0 }) }), {
    minLength: 1,
    maxLength: 25,
  }),
  /** Above it a request is answered with 413. */
  limit: fc.constantFrom(300, 700, 100_000),
  settings: fc.record({
    batch_size: fc.integer({ min: 1, max: 10 }),
    max_in_flight_requests: fc.integer({ min: 1, max: 3 }),
    max_retries: fc.integer({ min: 0, max: 2 }),
  }),
  ids: fc.constantFrom(
    {},
    { document_id: "{id}", op_type: "create" },
    { op_type: "create" },
    { version: "offset" },
    { document_id: BY_KEY, version: "offset" },
    // With create a message that comes again is a conflict with itself, as the README says.
    { document_id: BY_KEY },
  ),
});

function behave(behaviours: Behaviour[], limit: number): void {
  let item = 0;
  server.destination.otherwise = (request) => {
    if (!request.target.startsWith("/_bulk")) return plain(request);
    if (request.body.length > limit) return { status: 413 };
    const next = behaviours.shift() ?? "good";
    const rejecting: typeof server.refuse = ({ line }) =>
      line.includes('"bad":0')
        ? { status: 400, error: { type: "mapper_parsing_exception", reason: "bad" } }
        : undefined;
    server.refuse = (action) => {
      const busy = typeof next === "object" && item++ % next.busyItems === 0;
      return busy ? { status: 429 } : rejecting(action);
    };
    if (next === "busy") return { status: 429 };
    if (next === "failing") return { status: 500 };
    if (next === "reset") return { fault: "reset" };
    if (next === "nonsense") return { body: '{"errors":false,"items":[]}' };
    const answer = plain(request);
    if (next === "lost") return { status: 503 };
    return next === "cut" ? { ...answer, body: String(answer.body).slice(0, 20), fault: "cut" } : answer;
  };
}

/** As the runtime does: again and again until it works. */
async function deliver(consume: (batch: MessageBatch) => Promise<ConsumeResult>, batch: MessageBatch) {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      return (await consume(batch)).rejected ?? [];
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error;
    }
  }
  return assert.fail("a batch is never delivered");
}

test("with any behaviour of the server every message ends as a document or rejected, and the newest of an id wins", async (t) => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ behaviours, messages, limit, settings, ids }) => {
      server.documents.clear();
      server.indexes.clear();
      behave([...behaviours], limit);
      const shared = {
        url: server.url,
        index: "i",
        include_metadata: false,
        retry_delay: "0ms",
        max_retry_delay: "0ms",
      };
      const { consume, sink } = await createSink(t, { ...shared, ...settings, ...ids });
      const payloads = messages.map(({ key, bad }, n) => JSON.stringify({ n, key, bad }));
      const rejected = await deliver(consume, batchOf(payloads));
      await sink.close?.();

      const numbers = messages.map((_, n) => n);
      const isBad = (n: number): boolean => messages[n]?.bad === 0;
      const refused = rejected.map(({ offset }) => Number(offset)).sort((a, b) => a - b);
      assert.deepEqual(refused, numbers.filter(isBad));
      const good = numbers.filter((n) => !isBad(n));
      const last = good.filter((n) => !good.some((m) => m > n && messages[m]?.key === messages[n]?.key));
      const there = server.sources("i").map((source) => (source as { n: number }).n);
      assert.deepEqual(
        there.sort((a, b) => a - b),
        ids.document_id === BY_KEY ? last : good,
      );
    }),
    { numRuns: 400 },
  );
});
