import { type BatchPlan, createBatchPlan } from "@iggy-connectors/transforms";
import { loadCodec } from "../compile/codecs.ts";
import { loadTransforms } from "../compile/transforms.ts";
import type { Task } from "../task/task.ts";

/** One plan per `[[streams]]` entry. */
export async function compilePlans(task: Task): Promise<BatchPlan[]> {
  const transforms = await loadTransforms(task);
  return Promise.all(
    task.spec.sinkStreams.map(async (stream) => {
      const { schema, validate, topics } = stream;
      const codec = await loadCodec(task, stream, topics[0] ?? stream.stream);
      return createBatchPlan({ schema, codec, validate, transforms });
    }),
  );
}
