import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RejectedError } from "@iggy-connectors/sdk";
import type { TappedMessage } from "../../shared/tap/tapped-message.ts";
import { showTrace } from "./show-message.ts";
import { Tap } from "./tap.ts";

const headers = new Map([["n", { kind: "uint64", value: 2n ** 60n } as const]]);
const message = (value: unknown, kind: "json" | "text" | "raw" = "json") => ({
  value,
  kind,
  headers,
  target: undefined,
});

describe("the tap", () => {
  it("shows nothing unless a client watches, then no more than the rate", () => {
    let now = 0;
    const shown: TappedMessage[] = [];
    const tap = new Tap(
      (messages) => shown.push(...messages),
      () => now,
    );
    const batch = (length: number) =>
      tap.batch(
        0,
        length,
        (index) => ({ offset: BigInt(index) }),
        () => ({ points: [{ point: "in", messages: [message(1)] }], end: { kind: "delivered" } }),
      );
    batch(1000);
    assert.equal(shown.length, 0);
    tap.set({ rate: 10, bytes: 100 });
    batch(1000);
    assert.deepEqual(
      shown.map(({ offset }) => offset),
      ["0", "100", "200", "300", "400", "500", "600", "700", "800", "900"],
    );
    batch(1000);
    assert.equal(shown.length, 10);
    now += 500;
    batch(1000);
    assert.equal(shown.length, 15);
    now += 60_000;
    batch(1000);
    assert.equal(shown.length, 25, "what was saved up is no more than a second's");
    now += 500;
    batch(2);
    assert.equal(shown.length, 27);
    tap.set(undefined);
    now += 5000;
    batch(1000);
    assert.equal(shown.length, 27);
  });

  it("shows payloads as text where they are text, cuts long ones, and shows every point of the way", () => {
    const trace = {
      points: [
        { point: "in", messages: [message({ a: "é".repeat(10) })] },
        { point: "split", messages: [message("x", "text"), message(Uint8Array.of(0xff, 0), "raw")] },
      ],
      end: { kind: "delivered" } as const,
    };
    const [first, second, third] = showTrace(trace, { stream: "s", topic: "t", partition: 1, offset: 7n }, 9);
    assert.deepEqual(first, {
      point: "in",
      stream: "s",
      topic: "t",
      partition: 1,
      offset: "7",
      id: null,
      payload: { encoding: "utf8", data: '{"a":"é', size: 28, truncated: true },
      headers: { n: (2n ** 60n).toString() },
    });
    assert.deepEqual([second!.point, second!.payload?.data], ["split", "x"]);
    assert.deepEqual(third!.payload, { encoding: "base64", data: "/wA=", size: 2, truncated: false });
  });

  it("shows where and why a message ends", () => {
    const points = [{ point: "in", messages: [message(1)] }];
    const filtered = showTrace({ points, end: { kind: "filtered", transform: "small" } }, {}, 9);
    assert.deepEqual([filtered[1]!.point, filtered[1]!.outcome, filtered[1]!.payload], ["small", "filtered", null]);
    const error = new RejectedError("no", { code: "IGC_X" });
    const failed = showTrace({ points, end: { kind: "failed", stage: "decode", error } }, {}, 9);
    assert.deepEqual([failed[1]!.point, failed[1]!.outcome, failed[1]!.code], ["in", "failed", "IGC_X"]);
  });
});
