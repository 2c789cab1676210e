import { type PartitionRef, RejectedError } from "@iggy-connectors/sdk";
import type { BatchPlan } from "@iggy-connectors/transforms";
import type { DeadLetterRecord } from "../../shared/dead-letter/dead-letter-record.ts";
import { toTaskError } from "../../shared/errors.ts";
import type { FailedRedelivery } from "../../shared/jobs/job.ts";

/** Dead letters that are delivered together: of one plan and one partition, their offsets ascending. */
export interface RedeliveryRun {
  readonly plan: BatchPlan;
  /** The partition that they came from, or that of the dead-letter topic. */
  readonly ref: PartitionRef;
  readonly letters: readonly DeadLetterRecord[];
  offsetOf(letter: DeadLetterRecord): bigint;
}

export interface RunOptions {
  /** By `[[streams]]` entry. */
  readonly plans: readonly BatchPlan[];
  /** Index of the entry that consumes the letter's topic; −1: none does any more. */
  entryOf(letter: DeadLetterRecord): number;
  /** Where the letters lie. */
  readonly topic: { readonly stream: string; readonly topic: string };
  /** Whether the sink is to see where the letters came from. */
  readonly showsOrigin: boolean;
}

/** Arranges dead letters in runs; those that the sink does not consume any more fail. */
export function redeliveryRuns(
  letters: readonly DeadLetterRecord[],
  { plans, entryOf, topic, showsOrigin }: RunOptions,
  failed: FailedRedelivery[],
): RedeliveryRun[] {
  const groups = new Map<string, RedeliveryRun & { readonly letters: DeadLetterRecord[] }>();
  for (const letter of letters) {
    const entry = entryOf(letter);
    const plan = plans[entry];
    if (plan === undefined) {
      failed.push(notConsumed(letter));
      continue;
    }
    const origin = showsOrigin ? originOf(letter) : undefined;
    const ref = origin ?? { stream: topic.stream, topic: topic.topic, partition: 0 };
    const key = JSON.stringify([entry, ref]);
    let group = groups.get(key);
    if (group === undefined) {
      const offsetOf = ({ id, offset = id }: DeadLetterRecord) => (origin === undefined ? id : offset);
      group = { plan, ref, letters: [], offsetOf };
      groups.set(key, group);
    }
    group.letters.push(letter);
  }
  return [...groups.values()].flatMap(ascendingRuns);
}

function originOf({ stream, topic, partition, offset }: DeadLetterRecord): PartitionRef | undefined {
  return partition === undefined || offset === undefined ? undefined : { stream, topic, partition, replay: true };
}

/** A message that was dead-lettered twice has the same offset both times: each time in a run of its own. */
function ascendingRuns(group: RedeliveryRun): RedeliveryRun[] {
  const { offsetOf } = group;
  const sorted = group.letters.toSorted((left, right) => (offsetOf(left) < offsetOf(right) ? -1 : 1));
  const runs: DeadLetterRecord[][] = [];
  for (const letter of sorted) {
    const run = runs.find((each) => offsetOf(each.at(-1)!) < offsetOf(letter));
    if (run === undefined) runs.push([letter]);
    else run.push(letter);
  }
  return runs.map((letters) => ({ ...group, letters }));
}

function notConsumed({ id, stream, topic }: DeadLetterRecord): FailedRedelivery {
  const error = new RejectedError(`the sink no longer consumes ${stream}/${topic}`, {
    code: "IGC_SINK_NOT_ITS_TOPIC",
    fix: "replay it to its origin, or add the topic to the sink's streams",
  });
  return { id, error: toTaskError(error) };
}
