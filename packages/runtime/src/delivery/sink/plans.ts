import { type BatchPlan, createBatchPlan } from "@iggy-connectors/sdk";
import type { Task } from "../../task/task.ts";
import { loadTransforms } from "../transforms.ts";

/** One plan per `[[streams]]` entry. */
export async function compilePlans(task: Task): Promise<BatchPlan[]> {
  const transforms = await loadTransforms(task);
  return task.spec.sinkStreams.map(({ schema, validate }) => createBatchPlan({ schema, validate, transforms }));
}
