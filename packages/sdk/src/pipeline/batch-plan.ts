import type { MessageFrames } from "@iggy-connectors/protocol";
import { FrameBatch } from "../batch/frame-batch.ts";
import { codecFor } from "../codecs/codec-for.ts";
import type { MessageBatch, PartitionRef, Schema } from "../contract/message.ts";
import { TransformPlan } from "../transforms/plan.ts";
import { FrameColumn } from "./payload-column.ts";
import type { PlanFailure } from "./plan-failure.ts";
import { ColumnTransformer } from "./transform-column.ts";

export interface BatchPlanOptions {
  readonly schema: Schema;
  /** Check payloads that nothing decodes; default true. */
  readonly validate?: boolean;
  /** Default: none. */
  readonly transforms?: TransformPlan;
}

/** A message that is not delivered because it could not be decoded or transformed. */
export interface BatchFailure extends PlanFailure {
  readonly stage: "decode" | "transform";
  readonly offset: bigint;
}

/**
 * Promise 4: every message from `from` on is in exactly one of the three. `batch` may be empty.
 */
export interface PlanResult {
  /** The messages to deliver. */
  readonly batch: MessageBatch;
  /** Number of messages that a transform left out. */
  readonly filtered: number;
  /** In offset order. */
  readonly failed: readonly BatchFailure[];
}

/** From polled frames to the batch that a sink gets: decode checks and transforms, compiled once per connector and stream. */
export interface BatchPlan {
  /** Runs over the frames from index `from` (default 0). */
  run(frames: MessageFrames, ref: PartitionRef, from?: number): PlanResult;
}

/** Throws `FatalError` (`IGC_CONFIG_SCHEMA_UNSUPPORTED`) for a schema without a codec. */
export function createBatchPlan(options: BatchPlanOptions): BatchPlan {
  const codec = codecFor(options.schema);
  const transformer = new ColumnTransformer(
    codec,
    options.transforms ?? new TransformPlan([]),
    options.validate ?? true,
  );
  return {
    run(frames, ref, from = 0) {
      const { selection, filtered, failed, changed } = transformer.run(new FrameColumn(frames), from);
      const batch = FrameBatch.from({ frames, ref, codec, first: from, selection, changed });
      return { batch, filtered, failed: failed.map((failure) => withOffset(failure, frames)) };
    },
  };
}

function withOffset(failure: PlanFailure, frames: MessageFrames): BatchFailure {
  const stage = failure.stage === "decode" ? "decode" : "transform";
  return { ...failure, stage, offset: frames.offset(failure.index) };
}
