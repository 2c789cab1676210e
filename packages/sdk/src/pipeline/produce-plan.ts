import { codecFor } from "../codecs/codec-for.ts";
import type { Schema } from "../contract/message.ts";
import type { ProducedMessage } from "../contract/source.ts";
import { TransformPlan } from "../transforms/plan.ts";
import { ProducedColumn } from "./payload-column.ts";
import { PayloadEncoder } from "./payload-encoder.ts";
import type { PlanFailure } from "./plan-failure.ts";
import { ColumnTransformer } from "./transform-column.ts";

export interface ProducePlanOptions {
  /** The stream's schema: what is written. */
  readonly schema: Schema;
  /** Default: none. */
  readonly transforms?: TransformPlan;
}

/** Promise 4 for sources: every message is in exactly one of `indexes`, `filtered` and `failed`. */
export interface ProduceResult {
  /** For each payload the index of its message, ascending. */
  readonly indexes: Uint32Array;
  readonly payloads: readonly Uint8Array[];
  /** Number of messages that a transform left out. */
  readonly filtered: number;
  /** In no particular order. */
  readonly failed: readonly PlanFailure[];
}

/** From a source's messages to the payloads that are sent: the same transforms as for sinks, then the stream's encoder. */
export interface ProducePlan {
  /** `batchSchema`: how payload bytes are to be read, and what the values are; default: the stream's schema. */
  run(messages: readonly ProducedMessage[], batchSchema?: Schema): ProduceResult;
}

/** Throws `FatalError` (`IGC_CONFIG_SCHEMA_UNSUPPORTED`) for a schema without a codec; so does `run` for the batch's schema. */
export function createProducePlan(options: ProducePlanOptions): ProducePlan {
  const codec = codecFor(options.schema);
  const plan = options.transforms ?? new TransformPlan([]);
  const readers = new Map<Schema, ColumnTransformer>();
  return {
    run(messages, batchSchema = options.schema) {
      const reader = codecFor(batchSchema);
      const transformer = readers.get(batchSchema) ?? new ColumnTransformer(reader, plan, false);
      readers.set(batchSchema, transformer);
      const { selection, filtered, failed, changed } = transformer.run(new ProducedColumn(messages), 0);
      const encoder = new PayloadEncoder(messages, changed, reader, codec);
      const count = selection?.length ?? messages.length;
      const indexes = new Uint32Array(count);
      let length = 0;
      for (let position = 0; position < count; position++) {
        const index = selection === undefined ? position : selection[position]!;
        if (encoder.add(index)) indexes[length++] = index;
      }
      const payloads = encoder.payloads();
      return { indexes: indexes.subarray(0, length), payloads, filtered, failed: failed.concat(encoder.failed) };
    },
  };
}
