import { type Codec, codecFor, type FetchSchemas, prepareDecode, valueCodec } from "@iggy-connectors/codecs";
import type { MessageFrames } from "@iggy-connectors/protocol";
import type { Headers, MessageBatch, PartitionRef, Schema } from "@iggy-connectors/sdk";
import { JsonText } from "@iggy-connectors/sdk/internal";
import { PolledBatch } from "../batch/polled-batch.ts";
import { isJsonText } from "../chain/chain-payload.ts";
import { TransformPlan } from "../chain/transform-plan.ts";
import { ChainRunner, writeText } from "./chain-runner.ts";
import type { PlanFailure } from "./message-failure.ts";
import { PolledInput } from "./plan-input.ts";
import type { PlanOutput } from "./plan-output.ts";
import { type MessageTrace, traceMessage } from "./trace.ts";

export interface BatchPlanOptions {
  /** Of the messages on the stream. */
  readonly schema: Schema;
  /** Reads the messages; default: the schema's codec without settings. */
  readonly codec?: Codec;
  /** Check payloads that nothing decodes; default true. */
  readonly validate?: boolean;
  /** Default: none. */
  readonly transforms?: TransformPlan;
}

/** Invariant 4: every message from `from` on is in exactly one of `batch` (as one or several), `filtered` and `failed`. */
export interface PlanResult {
  /** The messages to deliver; may be empty. */
  readonly batch: MessageBatch;
  /** Number of messages that a transform filtered. */
  readonly filtered: number;
  /** The same by the transform's name. */
  readonly filteredBy: ReadonlyMap<string, number>;
  /** In offset order. */
  readonly failed: readonly PlanFailure[];
  /** Gives the memory of `batch` back for the next run. The batch must not be read afterwards. Calling it is optional. */
  release(): void;
}

/** From polled frames to the batch that a sink gets: checks, decoding and transforms, compiled once per connector and stream. */
export interface BatchPlan {
  /** What the delivered messages are: the kind of their values after the last transform. */
  readonly schema: Schema;
  /**
   * How to fetch the schemas that the frames from index `from` on need; undefined: nothing has to be fetched. Ask again after fetching,
   * and call `run` as soon as nothing is missing, because a schema may be evicted from the cache in between.
   */
  prepare(frames: MessageFrames, from: number): FetchSchemas | undefined;
  /** Runs over the frames from index `from` (default 0) on. */
  run(frames: MessageFrames, ref: PartitionRef, from?: number): PlanResult;
  /** What one message is at each point of its chain, for display. */
  trace(frames: MessageFrames, ref: PartitionRef, index: number): MessageTrace;
}

/** Compiles the plan of a sink. Throws `FatalError` (`IGC_CONFIG_SCHEMA_UNSUPPORTED`) for a schema that needs a codec with settings. */
export function createBatchPlan(options: BatchPlanOptions): BatchPlan {
  const reader = options.codec ?? codecFor(options.schema);
  const plan = options.transforms ?? new TransformPlan([]);
  const schema = plan.outputKind(reader.kind);
  // A batch has one schema: a message whose condition excluded it from a conversion is encoded like the others, or fails.
  const codec = schema === reader.schema && reader.transcodes !== true ? reader : valueCodec(schema);
  const runner = new ChainRunner(reader, plan, {
    validate: options.validate ?? true,
    decodeAll: codec !== reader,
    accept(output, row, value, kind) {
      if (value instanceof JsonText && kind === "json" && isJsonText(codec)) {
        writeText(output, row, value);
        return;
      }
      const changed = output.changedPayloads(0);
      if (kind === codec.kind) {
        changed.setValue(row, value instanceof JsonText ? value.decode() : value);
        return;
      }
      const start = changed.output.position;
      codec.encodeInto(value instanceof JsonText ? value.decode() : value, kind, changed.output);
      changed.setBytes(row, start);
    },
  });
  return {
    schema,
    trace: (frames, ref, index) => traceMessage(reader, plan, new PolledInput(frames, ref), index),
    prepare: (frames, from) => prepareDecode(reader, frames, from),
    run(frames, ref, from = 0) {
      const output = runner.run(new PolledInput(frames, ref), from);
      const { indexes, changed, derived, filtered, filteredBy, failed } = output;
      const batch = PolledBatch.from({
        frames,
        ref,
        codec,
        first: from,
        selection: indexes,
        changed,
        headers: headersOf(output),
        derived,
      });
      return {
        batch,
        filtered,
        filteredBy,
        failed,
        release: () => output.release(),
      };
    },
  };
}

function headersOf({ attributes }: PlanOutput): (Headers | undefined)[] | undefined {
  return attributes?.map((changed) => changed?.headers);
}
