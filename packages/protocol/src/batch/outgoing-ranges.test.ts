import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { headerEntry } from "../../test/properties/arbitraries.ts";
import { ProtocolError } from "../errors.ts";
import { encodeHeaders } from "../headers/block.ts";
import * as legacy from "../legacy/index.ts";
import { encodeBatch } from "./writing/encode-batch.ts";
import type { OutgoingMessage } from "./writing/outgoing-message.ts";
import { OutgoingRanges, type RangeColumns } from "./writing/outgoing-ranges.ts";

const NOW = 1_700_000_000_000_000;
const TARGET = { stream: "orders", topic: 3, partitioning: { kind: "partition", partition: 7 } } as const;

const message = fc.record(
  {
    payload: fc.uint8Array({ minLength: 1, maxLength: 60 }),
    // Without an id a random one is drawn, another one each time.
    id: fc.bigInt({ min: 1n, max: (1n << 128n) - 1n }),
    timestamp: fc.integer({ min: NOW - 1_000_000, max: NOW + 1_000_000 }),
    headersBytes: fc.array(headerEntry, { minLength: 1, maxLength: 2 }).map((entries) => encodeHeaders(entries)),
    /** Whether the payload has a buffer of its own. */
    apart: fc.boolean(),
  },
  { requiredKeys: ["payload", "id", "apart"] },
);
const messages = fc.array(message, { minLength: 1, maxLength: 12 });

/** The payloads lie in one buffer with bytes between them, or in one of their own. */
function rangesOf(list: readonly (OutgoingMessage & { readonly apart: boolean })[]): OutgoingRanges {
  const shared = Buffer.concat(list.flatMap(({ payload }) => [Buffer.from("-"), payload]));
  const starts = new Uint32Array(list.length);
  const ends = new Uint32Array(list.length);
  let at = 0;
  for (const [index, { payload, apart }] of list.entries()) {
    starts[index] = apart ? 0 : at + 1;
    ends[index] = starts[index]! + payload.length;
    at += 1 + payload.length;
  }
  const ids = list.flatMap(({ id = 0n }) => [BigInt.asUintN(64, id), id >> 64n]);
  return new OutgoingRanges({
    buffers: list.map(({ payload, apart }) => (apart ? payload : shared)),
    starts,
    ends,
    ids: BigUint64Array.from(ids),
    ...(list.some(({ timestamp }) => timestamp !== undefined)
      ? { timestamps: Float64Array.from(list, ({ timestamp }) => timestamp ?? Number.NaN) }
      : {}),
    ...(list.some(({ headersBytes }) => headersBytes !== undefined)
      ? { headersBytes: list.map(({ headersBytes }) => headersBytes) }
      : {}),
  });
}

describe("messages given as ranges", () => {
  it("are the same record as messages given as objects, whole, cut and picked, in both dialects", () => {
    fc.assert(
      fc.property(messages, fc.nat(), fc.nat(), (list, a, b) => {
        const ranges = rangesOf(list);
        const from = a % list.length;
        const to = from + 1 + (b % (list.length - from));
        const positions = [...list.keys()].filter((position) => (position * 7 + a) % 3 === 0 || position === from);
        for (const [part, expected] of [
          [ranges, list],
          [ranges.slice(0, list.length), list],
          [ranges.slice(from, to), list.slice(from, to)],
          [ranges.pick(positions), positions.map((position) => list[position]!)],
        ] as const) {
          assert.equal(part.length, expected.length);
          assert.deepEqual(encodeBatch(part, NOW), encodeBatch(expected, NOW));
          assert.deepEqual(
            legacy.encodeSendMessages({ ...TARGET, messages: part }, NOW),
            legacy.encodeSendMessages({ ...TARGET, messages: expected }, NOW),
          );
          const bytes = expected.map(({ payload, headersBytes }) => payload.length + (headersBytes?.length ?? 0));
          assert.deepEqual(
            [...bytes.keys()].map((index) => part.bytesOf(index)),
            bytes,
          );
          assert.equal(
            part.bytes,
            bytes.reduce((sum, size) => sum + size, 0),
          );
        }
      }),
    );
  });

  it("are refused as messages given as objects are, and where a range is not in its buffer", () => {
    const one: RangeColumns = { buffers: [Buffer.from("ab")], starts: Uint32Array.of(0), ends: Uint32Array.of(2) };
    for (const [columns, expected] of [
      [{ ends: Uint32Array.of(0) }, /message 0: payload is empty/],
      [{ ends: Uint32Array.of(3) }, /message 0: its range/],
      [{ starts: Uint32Array.of(2), ends: Uint32Array.of(1) }, /message 0: its range/],
      [{ timestamps: Float64Array.of(-1) }, /message 0: timestamp -1/],
      [{ headersBytes: [Buffer.alloc(100_001)] }, /message 0: user headers/],
    ] as const) {
      const ranges = new OutgoingRanges({ ...one, ...columns });
      assert.throws(
        () => encodeBatch(ranges, NOW),
        (error) => error instanceof ProtocolError && expected.test(error.message),
      );
    }
    const none = new OutgoingRanges({ buffers: [], starts: new Uint32Array(0), ends: new Uint32Array(0) });
    assert.throws(() => encodeBatch(none, NOW), /at least one message/);
  });

  it("get an id where they have none", () => {
    const buffers = [Buffer.from("a"), Buffer.from("b")];
    const columns = { buffers, starts: Uint32Array.of(0, 0), ends: Uint32Array.of(1, 1) };
    for (const ids of [undefined, BigUint64Array.of(0n, 0n, 5n, 1n)]) {
      const record = encodeBatch(new OutgoingRanges({ ...columns, ids }), NOW);
      const idAt = (frame: number) => record.readBigUInt64LE(256 + 49 * frame + 8);
      assert.notEqual(idAt(0), 0n);
      if (ids !== undefined) assert.equal(idAt(1), 5n);
    }
  });
});
