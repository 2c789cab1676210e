import { type Codec, prepareEncode } from "@iggy-connectors/codecs";
import type { OpenContext, ProducedMessage, Schema } from "@iggy-connectors/sdk";
import { createProducePlan } from "@iggy-connectors/transforms";
import type { SourceStreamSpec } from "../../shared/task/task-spec.ts";
import { readerOf } from "./batch-reader.ts";
import { encodeForStream } from "./encoded-batch.ts";
import { transformBatch } from "./transformed-batch.ts";

interface Target {
  readonly spec: SourceStreamSpec;
  readonly codec: Codec;
}

export type RefusalOf = NonNullable<OpenContext["refusalOf"]>;

/** Milliseconds for a registry to answer before a message is taken without the check. */
const REGISTRY_TIMEOUT = 5000;

/**
 * `OpenContext.refusalOf` of a source: takes messages the way that they will go, without sending them. Transforms run only once a
 * message is taken, since they may count, sample or call other systems; with transforms, what a stream writes is not known before.
 */
export function refusals(targets: readonly Target[], hasTransforms: boolean): RefusalOf {
  const plan = createProducePlan();

  /** The usual case: bytes that every stream would store as they are. */
  function areStoredAsTheyAre(messages: readonly ProducedMessage[], schema: Schema | undefined): boolean {
    return targets.every((target) => {
      const { codec } = target;
      if (readerOf(target, schema) !== codec || codec.untyped === true) return false;
      return messages.every(
        ({ payload }) => payload instanceof Uint8Array && codec.accepts(payload, 0, payload.length),
      );
    });
  }

  function refusalOf(messages: readonly ProducedMessage[], schema: Schema | undefined) {
    for (const part of transformBatch(plan, messages, targets, (target) => readerOf(target, schema))) {
      // A stream that is not configured is not the sender's fault.
      const refused = part.failed.filter(({ stage }) => stage !== "send");
      if (!hasTransforms) {
        for (const { target, rows } of part.routes) {
          const encoded = encodeForStream(plan, part.transformed, target.codec, rows, undefined);
          refused.push(...encoded.failed);
          encoded.release();
        }
      }
      part.transformed.output.release();
      const first = refused.sort((a, b) => a.index - b.index)[0];
      if (first !== undefined) return { index: first.index, error: first.error };
    }
    return undefined;
  }

  return async (messages, schema) => {
    if (!(await fetched(targets))) return undefined;
    return areStoredAsTheyAre(messages, schema) ? undefined : refusalOf(messages, schema);
  };
}

/** False: a registry does not answer. Its messages wait until it does. */
async function fetched(targets: readonly Target[]): Promise<boolean> {
  try {
    for (const { codec } of targets) {
      const fetch = prepareEncode(codec);
      if (fetch !== undefined) await fetch(AbortSignal.timeout(REGISTRY_TIMEOUT));
    }
    return true;
  } catch {
    return false;
  }
}
