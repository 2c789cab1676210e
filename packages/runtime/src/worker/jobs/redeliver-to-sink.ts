import {
  ConnectorError,
  type MessageBatch,
  type PartitionRef,
  type RejectedMessage,
  type Sink,
} from "@iggy-connectors/sdk";
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
import { type RedeliveryRun, redeliveryRuns } from "./redelivery-runs.ts";

const PLACE = "dead letters";
/** Attempts of a call that fails without a clear reason. */
const UNCLEAR_ATTEMPTS = 3;

/**
 * Delivers dead letters through the sink's transforms to its destination, with a separate instance of the plugin. A sink that keeps
 * offsets, and does not know replays, sees them as messages of the dead-letter topic, so that they are not mistaken for those of its
 * own partitions.
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
      const runs = redeliveryRuns(
        letters,
        {
          plans,
          entryOf: (letter) => consumes.findIndex((isConsumed) => isConsumed(letter)),
          topic: task.spec.deadLetter,
          showsOrigin: sink.committed === undefined || sink.replays === true,
        },
        failed,
      );
      for (const run of runs) {
        await deliver(task, sink, run, (id, error) => failed.push({ id, error: toTaskError(error) }));
      }
      return failed;
    },
    close: () => closePlugin(task, sink),
  };
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
  { plan, ref, letters, offsetOf }: RedeliveryRun,
  fail: (id: bigint, error: unknown) => void,
): Promise<void> {
  const frames = new DeadLetterFrames(letters, ref.partition, offsetOf);
  const ids = new Map(letters.map((letter) => [offsetOf(letter), letter.id]));
  const failAt = (offset: bigint, error: unknown) => fail(ids.get(offset)!, error);
  for (let fetch = plan.prepare(frames, 0); fetch !== undefined; fetch = plan.prepare(frames, 0)) {
    await fetch(task.lifetime.ended);
  }
  const planned = plan.run(frames, ref);
  for (const { index, error } of planned.failed) failAt(frames.offset(index), error);
  if (planned.batch.length === 0) return;
  await beginBefore(sink, ref, planned.batch.firstOffset);
  for await (const { part, outcome } of deliverInParts(planned.batch, (part) => consume(task, sink, part))) {
    if (outcome.kind === "abandoned") throw jobStopped(task);
    // Nobody waits for a destination here: what cannot be decided stays a dead letter.
    const ended = outcome.kind === "undecided" ? ({ ...outcome, kind: "exhausted" } as const) : outcome;
    const undelivered = outcome.kind === "undecided" ? behind(planned.batch, part) : part;
    for (const { offset, error } of rejectedBy(undelivered, ended)) failAt(offset, error);
  }
}

/** The messages of a batch from a part of it on. */
function behind(batch: MessageBatch, part: MessageBatch): MessageBatch {
  return batch.slice(indexOfOffset(batch, part.firstOffset), batch.length);
}

/**
 * A sink that keeps offsets in its target assumes that everything before them is written. Dead letters are replayed in any
 * order, so what it recorded of earlier replays says nothing about these: it is told that they come next.
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
