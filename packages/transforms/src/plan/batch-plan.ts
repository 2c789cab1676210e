import { codecFor, type FetchSchemas, prepareDecode } from "@iggy-connectors/codecs";
import type { MessageFrames } from "@iggy-connectors/protocol";
import type { ConnectorError, Headers, MessageBatch, PartitionRef, Schema } from "@iggy-connectors/sdk";
import type { Codec } from "@iggy-connectors/sdk/internal";
import { FrameBatch } from "@iggy-connectors/sdk/internal";
import { TransformPlan } from "../chain/transform-plan.ts";
import type { MessageFailure } from "./message-failure.ts";
import { FrameColumn } from "./payload-column.ts";
import type { Rows } from "./rows.ts";
import { type MessageTrace, traceMessage } from "./trace.ts";
import { ColumnTransformer } from "./transform-column.ts";
import { valueCodec } from "./value-codec.ts";

export interface BatchPlanOptions {
  readonly schema: Schema;
  /** Reads the messages; default: the schema's own without settings. */
  readonly codec?: Codec;
  /** Check payloads that nothing decodes; default true. */
  readonly validate?: boolean;
  /** Default: none. */
  readonly transforms?: TransformPlan;
}

/**
 * Invariant 4: every message from `from` on is in exactly one of the three. `batch` may be empty.
 */
export interface PlanResult {
  /** The messages to deliver. */
  readonly batch: MessageBatch;
  /** Number of messages that a transform left out. */
  readonly filtered: number;
  /** The same by the transform's name. */
  readonly filteredBy: ReadonlyMap<string, number>;
  /** In offset order. */
  readonly failed: readonly MessageFailure<ConnectorError>[];
  /** Nobody looks at `batch` any more: its memory may serve the next one. Optional to call. */
  release(): void;
}

/** From polled frames to the batch that a sink gets: decode checks and transforms, compiled once per connector and stream. */
export interface BatchPlan {
  /** What the batches' messages are: the kind of the decoded values after the last transform. */
  readonly schema: Schema;
  /**
   * How to fetch the schemas that the frames from index `from` on need; undefined: nothing has to be waited for. To be asked
   * again after waiting, and `run` called at once when there is nothing.
   */
  prepare(frames: MessageFrames, from: number): FetchSchemas | undefined;
  /** Runs over the frames from index `from` (default 0). */
  run(frames: MessageFrames, ref: PartitionRef, from?: number): PlanResult;
  /** The way of one message, to be shown. */
  trace(frames: MessageFrames, ref: PartitionRef, index: number): MessageTrace;
}

/** Throws `FatalError` (`IGC_CONFIG_SCHEMA_UNSUPPORTED`) for a schema without a codec. */
export function createBatchPlan(options: BatchPlanOptions): BatchPlan {
  const reader = options.codec ?? codecFor(options.schema);
  const plan = options.transforms ?? new TransformPlan([]);
  const schema = plan.outputKind(reader.kind);
  // A batch has one schema: a message that a condition kept from being converted is encoded like any other, or fails.
  const codec = schema === reader.schema && reader.transcodes !== true ? reader : valueCodec(schema);
  const transformer = new ColumnTransformer(reader, plan, {
    validate: options.validate ?? true,
    decodeAll: codec !== reader,
    accept(rows, row, value, kind) {
      const changed = rows.changes(0);
      if (kind === codec.kind) {
        changed.setValue(row, value);
        return;
      }
      const start = changed.output.position;
      codec.encodeInto(value, kind, changed.output);
      changed.setBytes(row, start);
    },
  });
  return {
    schema,
    trace: (frames, ref, index) => traceMessage(reader, plan, new FrameColumn(frames, ref), index),
    prepare: (frames, from) => prepareDecode(reader, frames, from),
    run(frames, ref, from = 0) {
      const rows = transformer.run(new FrameColumn(frames, ref), from);
      const { indexes, changed, derived, filtered, filteredBy, failed } = rows;
      const batch = FrameBatch.from({
        frames,
        ref,
        codec,
        first: from,
        selection: indexes,
        changed,
        headers: headersOf(rows),
        derived,
      });
      return {
        batch,
        filtered,
        filteredBy,
        failed,
        release: () => rows.release(),
      };
    },
  };
}

function headersOf({ extras }: Rows): (Headers | undefined)[] | undefined {
  return extras?.map((extra) => extra?.headers);
}
