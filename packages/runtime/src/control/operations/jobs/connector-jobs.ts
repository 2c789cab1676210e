import type { PartitionStart } from "../../../shared/jobs/job.ts";
import { withTimeLimits } from "../../../shared/jobs/time-limits.ts";
import type { TaskSpec } from "../../../shared/task/task-spec.ts";
import type { Redelivering } from "../dead-letters/redelivering.ts";
import { connectorErrorOf, type JobOptions, JobWorker } from "./job-worker.ts";

/** Redelivers dead letters through the connector's own code, in a separate worker. */
export function redeliverThroughConnector(spec: TaskSpec, options: JobOptions): Redelivering {
  const worker = new JobWorker({ kind: "redeliver", spec: withTimeLimits(spec) }, options);
  return {
    deliver: async (letters) => {
      const failed = await worker.call(letters);
      return failed.map(({ id, error }) => ({ id, error: connectorErrorOf(error) }));
    },
    [Symbol.asyncDispose]: () => worker[Symbol.asyncDispose](),
  };
}

export async function setOffsets(
  spec: TaskSpec,
  starts: readonly PartitionStart[],
  options: JobOptions,
): Promise<void> {
  await using worker = new JobWorker({ kind: "set_offsets", spec: withTimeLimits(spec) }, options);
  await worker.call(starts);
}
