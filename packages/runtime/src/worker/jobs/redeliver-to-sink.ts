import {
  ConnectorError,
  type MessageBatch,
  type PartitionRef,
  RejectedError,
  type RejectedMessage,
  type Sink,
} from "@iggy-connectors/sdk";
import type { BatchPlan } from "@iggy-connectors/transforms";
import type { DeadLetterRecord } from "../../shared/dead-letter/dead-letter-record.ts";
import { toTaskError } from "../../shared/errors.ts";
import { compilePattern } from "../../shared/iggy/topic-pattern.ts";
import type { FailedRedelivery, OpenJob } from "../../shared/jobs/job.ts";
import type { SinkStreamSpec } from "../../shared/task/task-spec.ts";
import type { IggyConnector } from "../iggy/iggy-connection.ts";
import type { LoadedSink } from "../plugin/load.ts";
import { closePlugin, openPlugin } from "../plugin/opening.ts";
import { deliverInParts } from "../sink/delivery/deliver-parts.ts";
import { type CallOutcome, callRepeatedly } from "../sink/delivery/plugin-attempts.ts";
import { checkRejected, indexOfOffset, rejectedBy } from "../sink/delivery/rejected-messages.ts";
import { readCommitted } from "../sink/partition/target-record.ts";
import { compilePlans } from "../sink/plans.ts";
import type { Task } from "../task/task.ts";
import { DeadLetterFrames } from "./dead-letter-frames.ts";
import { jobStopped } from "./job-stopped.ts";

const PLACE = "dead letters";
/** Attempts of a call that fails without a clear reason. */
const UNCLEAR_ATTEMPTS = 3;

/**
 * Delivers dead letters through the sink's transforms to its destination, with a separate instance of the plugin. The sink
 * sees them as messages of the dead-letter topic, so that they are not mistaken for those of its own partitions.
 */
export async function openRedelivery(
  task: Task,
  plugin: LoadedSink,
  _connector: IggyConnector,
): Promise<OpenJob<"redeliver">> {
  const plans = await compilePlans(task);
  const consumes = await Promise.all(task.spec.sinkStreams.map(consumedBy));
  const sink = plugin.definition.create(plugin.config, task.connectorContext);
  if (!(await openPlugin(task, sink))) throw jobStopped(task);
  return {
    async call(letters) {
      const failed: FailedRedelivery[] = [];
      for (const { plan, run } of runsOfOnePlan(letters, plans, consumes, failed)) {
        await deliver(task, sink, plan, run, (id, error) => failed.push({ id, error: toTaskError(error) }));
      }
      return failed;
    },
    close: () => closePlugin(task, sink),
  };
}

interface PlannedRun {
  readonly plan: BatchPlan;
  readonly run: DeadLetterRecord[];
}

/** Consecutive dead letters of the same `[[streams]]` entry are delivered together. */
function runsOfOnePlan(
  letters: readonly DeadLetterRecord[],
  plans: readonly BatchPlan[],
  consumes: readonly ((letter: DeadLetterRecord) => boolean)[],
  failed: FailedRedelivery[],
): PlannedRun[] {
  const runs: PlannedRun[] = [];
  for (const letter of letters) {
    const plan = plans[consumes.findIndex((isConsumed) => isConsumed(letter))];
    if (plan === undefined) {
      const error = new RejectedError(`the sink no longer consumes ${letter.stream}/${letter.topic}`, {
        code: "IGC_SINK_NOT_ITS_TOPIC",
        fix: "replay it to its origin, or add the topic to the sink's streams",
      });
      failed.push({ id: letter.id, error: toTaskError(error) });
      continue;
    }
    const last = runs.at(-1);
    if (last?.plan === plan) last.run.push(letter);
    else runs.push({ plan, run: [letter] });
  }
  return runs;
}

/** Whether the `[[streams]]` entry consumes a dead letter's topic. */
async function consumedBy(entry: SinkStreamSpec): Promise<(letter: DeadLetterRecord) => boolean> {
  const { stream, topics, topicsPattern } = entry;
  const matches = topicsPattern === undefined ? undefined : await compilePattern(topicsPattern);
  return (letter) => letter.stream === stream && (topics.includes(letter.topic) || matches?.(letter.topic) === true);
}

async function deliver(
  task: Task,
  sink: Sink,
  plan: BatchPlan,
  letters: readonly DeadLetterRecord[],
  fail: (id: bigint, error: unknown) => void,
): Promise<void> {
  const { stream, topic } = task.spec.deadLetter;
  const frames = new DeadLetterFrames(letters);
  for (let fetch = plan.prepare(frames, 0); fetch !== undefined; fetch = plan.prepare(frames, 0)) {
    await fetch(task.lifetime.ended);
  }
  const ref = { stream, topic, partition: 0 };
  const planned = plan.run(frames, ref);
  for (const { index, error } of planned.failed) fail(frames.offset(index), error);
  if (planned.batch.length === 0) return;
  await beginBefore(sink, ref, planned.batch.firstOffset);
  for await (const { part, outcome } of deliverInParts(planned.batch, (part) => consume(task, sink, part))) {
    if (outcome.kind === "abandoned") throw jobStopped(task);
    // Nobody waits for a destination here: what cannot be decided stays a dead letter.
    const ended = outcome.kind === "undecided" ? ({ ...outcome, kind: "exhausted" } as const) : outcome;
    const undelivered = outcome.kind === "undecided" ? behind(planned.batch, part) : part;
    for (const { offset, error } of rejectedBy(undelivered, ended)) fail(offset, error);
  }
}

/** The messages of a batch from a part of it on. */
function behind(batch: MessageBatch, part: MessageBatch): MessageBatch {
  return batch.slice(indexOfOffset(batch, part.firstOffset), batch.length);
}

/**
 * A sink that keeps offsets in its target assumes that everything before them is written. Dead letters are replayed in any
 * order, so its offset in their topic says nothing about these: it is told that they come next.
 */
async function beginBefore(sink: Sink, ref: PartitionRef, next: bigint): Promise<void> {
  const offset = (await readCommitted(sink, ref))?.offset;
  if (offset === undefined || offset < next) return;
  if (sink.reset === undefined) {
    throw new ConnectorError("the sink keeps offsets in its target and cannot go back to an earlier dead letter", {
      code: "IGC_SINK_NO_RESET",
      fix: "replay it to its origin",
    });
  }
  await sink.reset(ref, next);
}

/** A sink that stages has to flush before anything counts as delivered. */
function consume(task: Task, sink: Sink, part: MessageBatch): Promise<CallOutcome> {
  const { lifetime, spec } = task;
  return callRepeatedly(task, {
    what: "consume",
    place: PLACE,
    unclearAttempts: UNCLEAR_ATTEMPTS,
    timeout: spec.consumeTimeout,
    closing: lifetime.stopping,
    abandoned: lifetime.ended,
    call: async (attempt, signal) => {
      const consumed = await sink.consume(part, { signal, attempt });
      const flushed = await sink.flush?.({ signal, reason: "stop" });
      const rejected: readonly RejectedMessage[] = [...(consumed?.rejected ?? []), ...(flushed?.rejected ?? [])];
      checkRejected(rejected, part);
      return { rejected };
    },
  });
}
