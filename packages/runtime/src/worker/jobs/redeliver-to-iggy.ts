import { headerText } from "@iggy-connectors/protocol";
import { type ProducedMessage, RejectedError } from "@iggy-connectors/sdk";
import { createProducePlan, type ProducePlan } from "@iggy-connectors/transforms";
import type { DeadLetterRecord } from "../../shared/dead-letter/dead-letter-record.ts";
import { toTaskError } from "../../shared/errors.ts";
import type { FailedRedelivery, OpenJob } from "../../shared/jobs/job.ts";
import { loadSourceCodecs } from "../compile/codecs.ts";
import { loadTransforms } from "../compile/transforms.ts";
import type { IggyConnector } from "../iggy/iggy-connection.ts";
import type { LoadedSource } from "../plugin/load.ts";
import { connect } from "../plugin/opening.ts";
import { polledBatch } from "../source/polled-batches.ts";
import { SourceDelivery, type SourceFailurePolicy } from "../source/source-delivery.ts";
import { SourceTiming } from "../source/source-timing.ts";
import { TargetStream } from "../source/target-stream.ts";
import type { Task } from "../task/task.ts";
import { jobStopped } from "./job-stopped.ts";

/** Sends a source's dead letters again, through its transforms, into the topics they were produced for. */
export async function openRedelivery(
  task: Task,
  _plugin: LoadedSource,
  connector: IggyConnector,
): Promise<OpenJob<"redeliver">> {
  const { spec } = task;
  const codecs = await loadSourceCodecs(task);
  const plan = createProducePlan(await loadTransforms(task));
  const iggy = await connect(task, connector);
  if (iggy === undefined) throw jobStopped(task);
  const targets = spec.sourceStreams.map((stream, index) => new TargetStream(stream, codecs[index]!, task, iggy, plan));
  return {
    async call(letters) {
      const failed: FailedRedelivery[] = [];
      for (const [target, run] of Map.groupBy(letters, ({ stream, topic }) => targetOf(targets, stream, topic))) {
        if (target === undefined) failed.push(...run.map(topicNotProduced));
        else failed.push(...(await send(task, target, plan, run)));
      }
      return failed;
    },
    close: () => iggy.close(),
  };
}

function targetOf(targets: readonly TargetStream[], stream: string, topic: string): TargetStream | undefined {
  return targets.find(({ spec }) => spec.stream === stream && spec.topic === topic);
}

async function send(
  task: Task,
  target: TargetStream,
  plan: ProducePlan,
  letters: readonly DeadLetterRecord[],
): Promise<FailedRedelivery[]> {
  const failed: FailedRedelivery[] = [];
  // The caller is told of the messages that failed: they are in the dead-letter topic already.
  const policy: SourceFailurePolicy = {
    policyOf: () => "skip",
    block: async () => {},
    async settle(failures, site) {
      for (const { index, error } of failures) failed.push({ id: letters[index]!.id, error: toTaskError(error) });
      site.ended("skipped", failures);
      return true;
    },
  };
  const delivery = new SourceDelivery(task, [target], plan, policy);
  if (!(await target.open())) throw jobStopped(task);
  const sent = await delivery.deliver(polledBatch({ messages: letters.map(messageOf) }), new SourceTiming());
  if (sent === undefined) throw jobStopped(task);
  return failed;
}

function messageOf({ payload, headers, messageId, timestamp }: DeadLetterRecord): ProducedMessage {
  return {
    payload,
    headers: new Map(headers.map(({ key, value }) => [headerText(key), value])),
    ...(messageId === undefined ? {} : { id: messageId }),
    ...(timestamp === undefined ? {} : { timestamp }),
  };
}

function topicNotProduced({ id, stream, topic }: DeadLetterRecord): FailedRedelivery {
  const error = new RejectedError(`the source no longer produces into ${stream}/${topic}`, {
    code: "IGC_SOURCE_NOT_ITS_TOPIC",
    fix: "replay it to its origin, or add the topic to the source's streams",
  });
  return { id, error: toTaskError(error) };
}
