import assert from "node:assert/strict";
import { valueCodec } from "@iggy-connectors/codecs";
import type { Headers, PartitionRef, Schema } from "@iggy-connectors/sdk";
import { makeFrames } from "@iggy-connectors/test-support";
import type { TransformPlan } from "../src/chain/transform-plan.ts";
import { type BatchPlan, createBatchPlan, type PlanResult } from "../src/plan/batch-plan.ts";

/** A payload as the vectors write it: `json`, `text`, `proto`, or bytes in hexadecimal digits. */
export type VectorPayload = Readonly<Record<string, unknown>>;

const KINDS: Readonly<Record<string, Schema>> = {
  json: "json",
  text: "text",
  raw_hex: "raw",
  avro_hex: "avro",
  flatbuffer_hex: "flat_buffer",
  proto: "proto",
};
const UUID_PATTERNS: Readonly<Record<string, RegExp>> = {
  uuid_v4: /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  uuid_v7: /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
};
const EPOCH_UNITS: Readonly<Record<string, number>> = {
  epoch_seconds: 1000,
  epoch_millis: 1,
  epoch_micros: 1e-3,
  epoch_nanos: 1e-6,
};

export function kindOf(payload: VectorPayload): { kind: Schema; value: unknown } {
  const [name, value] = Object.entries(payload)[0]!;
  return { kind: KINDS[name]!, value: name.endsWith("_hex") ? Buffer.from(value as string, "hex") : value };
}

/** What a chain makes of one message with this payload, as a sink would get it. */
export function runOne(
  transforms: TransformPlan,
  payload: VectorPayload,
  headers: Headers = new Map(),
  ref: PartitionRef = { stream: "s", topic: "t", partition: 0 },
  firstOffset = 5n,
): PlanResult {
  const { kind, value } = kindOf(payload);
  const codec = valueCodec(kind);
  const plan: BatchPlan = createBatchPlan({ schema: kind, codec, transforms });
  return plan.run(makeFrames([{ payload: codec.encode(value), headers }], firstOffset), ref);
}

/** Deep equality but for the vectors' matchers, which stand for any value of their form. */
export function assertMatches(actual: unknown, expected: unknown): void {
  const matcher = (expected as { $match?: string } | null)?.$match;
  if (matcher !== undefined) {
    if (UUID_PATTERNS[matcher] !== undefined) assert.match(actual as string, UUID_PATTERNS[matcher]);
    else if (matcher === "rfc3339_utc") assertNow(Date.parse(actual as string));
    else assertNow(Number(actual) * EPOCH_UNITS[matcher]!);
    return;
  }
  if (typeof expected !== "object" || expected === null || Buffer.isBuffer(expected)) {
    assert.deepEqual(actual, expected);
    return;
  }
  assert.equal(Array.isArray(actual), Array.isArray(expected));
  assert.deepEqual(Object.keys(actual as object).sort(), Object.keys(expected).sort());
  for (const [key, value] of Object.entries(expected)) assertMatches((actual as Record<string, unknown>)[key], value);
}

function assertNow(millis: number): void {
  assert.ok(Math.abs(millis - Date.now()) < 60_000, `${millis} is not now`);
}
