import type { TestContext } from "node:test";
import type { PartitionRef, StreamSelection } from "@iggy-connectors/sdk";
import {
  batchOf,
  openContext,
  type RecordingContext,
  type RecordingOpenContext,
  recordingContext,
  TEST_PARTITION,
} from "@iggy-connectors/testing";
import { s3SinkConfig } from "../src/config.ts";
import { S3Sink } from "../src/s3-sink.ts";

export const signal: AbortSignal = new AbortController().signal;

export interface Started {
  readonly sink: S3Sink;
  readonly context: RecordingContext;
  /** The guarantees that it reported. */
  readonly deliveries: RecordingOpenContext["deliveries"];
}

export async function startSink(
  t: TestContext,
  settings: Record<string, unknown>,
  streams?: readonly StreamSelection[],
): Promise<Started> {
  const context = { ...recordingContext("."), ...(streams === undefined ? {} : { streams }) };
  const sink = new S3Sink(s3SinkConfig.parse(settings), context);
  const { deliveries, ...opening } = openContext(signal);
  await sink.open({ ...opening });
  t.after(() => sink.close());
  return { sink, context, deliveries };
}

/** Payloads of offsets `from` … `to` − 1. */
export const records = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => JSON.stringify({ n: from + index }));

export const consume = (sink: S3Sink, from: number, to: number): ReturnType<S3Sink["consume"]> =>
  sink.consume(batchOf(records(from, to), { firstOffset: BigInt(from) }), { signal, attempt: 1 });

export const flush = (sink: S3Sink): Promise<void> => sink.flush({ signal, reason: "interval" });

/** The offset that the store has recorded. */
export const committed = async (sink: S3Sink, ref: PartitionRef = TEST_PARTITION): Promise<bigint | undefined> =>
  (await sink.committed(ref))?.offset;
