import { IggyClient } from "@iggy-connectors/client";
import type { MessageFrames, PollingStrategy } from "@iggy-connectors/protocol";
import { FatalError, type PartitionRef } from "@iggy-connectors/sdk";
import type { BatchPlan } from "@iggy-connectors/transforms";
import { findTopic } from "../../../shared/iggy/find-topic.ts";
import { compilePattern, topicNames } from "../../../shared/iggy/topic-pattern.ts";
import type { DryRunMessage, DryRunOrder, DryRunResult } from "../../../shared/jobs/dry-run.ts";
import type { OpenJob } from "../../../shared/jobs/job.ts";
import type { InitialOffset, SinkStreamSpec } from "../../../shared/task/task-spec.ts";
import { missingTopic } from "../../iggy/ensure-topic.ts";
import { compilePlans } from "../../sink/plans.ts";
import type { Task } from "../../task/task.ts";
import { inputFrames } from "./input-frames.ts";
import { reportMessage } from "./outcome.ts";

/** Milliseconds. An operator waits for the answer. */
const REQUEST_TIMEOUT = 10_000;
/** Plain reads of a consumer that stores nothing: no group is created, no offset moves. */
const READER = { kind: "consumer", id: "iggy-connectors-dry-run" } as const;

/** Messages of one partition with the plan of their `[[streams]]` entry. */
interface Read {
  readonly plan: BatchPlan;
  readonly ref: PartitionRef;
  readonly frames: MessageFrames;
}

/** Takes messages of a sink's topics through its codecs and transforms. No instance of the sink is created. */
export async function openSinkTrial(task: Task): Promise<OpenJob<"dry_run">> {
  const plans = await compilePlans(task);
  return {
    async call(order) {
      const entries = chosenEntries(task, order);
      const plan = (entry: SinkStreamSpec): BatchPlan => plans[task.spec.sinkStreams.indexOf(entry)]!;
      const reads =
        order.input === undefined ? await readTopics(task, entries, order, plan) : given(entries, order, plan);
      const messages: DryRunMessage[] = [];
      for (const read of reads) messages.push(...(await runRead(read, order)));
      const note = messages.length > 0 || order.input !== undefined ? null : "the topics have no messages there";
      return { messages, note } satisfies DryRunResult;
    },
    async close() {},
  };
}

function chosenEntries({ spec }: Task, { stream, topic }: DryRunOrder): SinkStreamSpec[] {
  const entries = spec.sinkStreams.filter(
    (entry) =>
      (stream === undefined || entry.stream === stream) &&
      (topic === undefined || entry.topics.includes(topic) || entry.topicsPattern !== undefined),
  );
  if (entries.length > 0) return entries;
  throw new FatalError(`the sink consumes no topic ${stream ?? "*"}/${topic ?? "*"}`, {
    code: "IGC_SINK_NOT_ITS_TOPIC",
    fix: `it consumes ${spec.sinkStreams.map((entry) => `${entry.stream}/${entry.topics.join(",")}`).join(", ")}`,
  });
}

function given(
  [entry]: readonly SinkStreamSpec[],
  { input, messages, topic, partition }: DryRunOrder,
  plan: (entry: SinkStreamSpec) => BatchPlan,
): Read[] {
  const payloads = (input ?? []).slice(0, messages);
  if (entry === undefined || payloads.length === 0) return [];
  const ref = { stream: entry.stream, topic: topic ?? entry.topics[0] ?? "", partition: partition ?? 0 };
  return [{ plan: plan(entry), ref, frames: inputFrames(payloads) }];
}

async function readTopics(
  { spec }: Task,
  entries: readonly SinkStreamSpec[],
  order: DryRunOrder,
  plan: (entry: SinkStreamSpec) => BatchPlan,
): Promise<Read[]> {
  await using client = await IggyClient.connect({
    ...spec.iggy,
    requestTimeout: REQUEST_TIMEOUT,
    verifyChecksums: "messages",
  });
  const reads: Read[] = [];
  let wanted = order.messages;
  for (const entry of entries) {
    for (const topic of await topicsOf(client, entry, order.topic)) {
      const { stream } = entry;
      const details = await findTopic(client, stream, topic);
      if (details === undefined) throw missingTopic(stream, topic);
      for (const { id: partition } of details.partitions) {
        if (wanted <= 0) return reads;
        if (order.partition !== undefined && partition !== order.partition) continue;
        const strategy = strategyOf(order.from);
        const frames = await client.pollMessages({
          stream,
          topic,
          partition,
          consumer: READER,
          strategy,
          count: wanted,
        });
        if (frames.length === 0) continue;
        wanted -= frames.length;
        reads.push({ plan: plan(entry), ref: { stream, topic, partition }, frames });
      }
    }
  }
  return reads;
}

async function topicsOf(client: IggyClient, entry: SinkStreamSpec, only: string | undefined): Promise<string[]> {
  const { topics, topicsPattern, stream } = entry;
  const pattern = topicsPattern === undefined ? undefined : await compilePattern(topicsPattern);
  const matching = pattern === undefined ? [] : (await topicNames(client, stream)).filter(pattern);
  const all = [...new Set([...topics, ...matching])];
  return only === undefined ? all : all.filter((topic) => topic === only);
}

function strategyOf(from: InitialOffset | undefined): PollingStrategy {
  if (from === undefined) return { kind: "first" };
  return from;
}

async function runRead({ plan, ref, frames }: Read, { wait }: DryRunOrder): Promise<DryRunMessage[]> {
  for (let fetch = plan.prepare(frames, 0); fetch !== undefined; fetch = plan.prepare(frames, 0)) {
    await fetch(AbortSignal.timeout(wait));
  }
  const result = plan.run(frames, ref);
  const failures = new Map(result.failed.map((failure) => [failure.index, failure]));
  const messages: DryRunMessage[] = [];
  for (let index = 0; index < frames.length; index++) {
    const origin = { ...ref, offset: frames.offset(index), id: frames.id(index) };
    messages.push(reportMessage(plan.trace(frames, ref, index), origin, failures.get(index)));
  }
  result.release();
  return messages;
}
