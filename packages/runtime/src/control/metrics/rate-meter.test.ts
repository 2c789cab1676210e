import assert from "node:assert/strict";
import { test } from "node:test";
import { connectorSnapshot } from "../../../test/connector-snapshot.ts";
import { NO_TOTALS } from "../supervisor/run/totals.ts";
import { RateMeter } from "./rate-meter.ts";

const sink = (delivered: number, deadLettered = 0) =>
  connectorSnapshot({ counters: { ...NO_TOTALS.counters, delivered, deadLettered } });

test("the rate is that of the last minute, of every message that ended", () => {
  let current = sink(0);
  const meter = new RateMeter(() => [current]);
  assert.equal(meter.of(current, 1000), undefined, "not known yet");
  meter.sample(1000);
  current = sink(50, 50);
  assert.equal(meter.of(current, 11_000), 10);
  for (let second = 12; second <= 120; second += 5) meter.sample(second * 1000);
  assert.equal(meter.of(current, 122_000), 0, "what ended earlier does not count");
});
