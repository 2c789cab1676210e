import { existsSync } from "node:fs";
import { endsBefore } from "@iggy-connectors/client";
import type { Codec } from "@iggy-connectors/codecs";
import { prepareEncode } from "@iggy-connectors/codecs";
import {
  FatalError,
  messageList,
  type ProducedMessage,
  RetryableError,
  type Schema,
  type Source,
} from "@iggy-connectors/sdk";
import { createProducePlan, type ProducePlan } from "@iggy-connectors/transforms";
import { CheckpointFile } from "../../../shared/checkpoint-file.ts";
import type { DryRunMessage, DryRunOrder, DryRunResult } from "../../../shared/jobs/dry-run.ts";
import type { OpenJob } from "../../../shared/jobs/job.ts";
import type { SourceStreamSpec } from "../../../shared/task/task-spec.ts";
import { loadSourceCodecs } from "../../compile/codecs.ts";
import { loadTransforms } from "../../compile/transforms.ts";
import type { LoadedSource } from "../../plugin/load.ts";
import { closePlugin } from "../../plugin/opening.ts";
import { readerOf } from "../../source/batch-reader.ts";
import { encodeForStream } from "../../source/encoded-batch.ts";
import { type RefusalOf, refusals } from "../../source/refusals.ts";
import { transformBatch } from "../../source/transformed-batch.ts";
import type { Task } from "../../task/task.ts";
import { type RunFailure, reportMessage } from "./outcome.ts";

const MAX_BYTES = 4 * 1024 * 1024;

interface Target {
  readonly spec: SourceStreamSpec;
  readonly codec: Codec;
}

/** What a source produced, and how its bytes are to be read. */
interface Polled {
  readonly messages: readonly ProducedMessage[];
  readonly schema: Schema | undefined;
}

/** Takes messages of a source through its transforms and encoders. Nothing is sent, no checkpoint is stored. */
export async function openSourceTrial(task: Task, plugin: LoadedSource): Promise<OpenJob<"dry_run">> {
  const codecs = await loadSourceCodecs(task);
  const transforms = await loadTransforms(task);
  const plan = createProducePlan(transforms);
  const targets = task.spec.sourceStreams.map((spec, index) => ({ spec, codec: codecs[index]! }));
  const refusalOf = refusals(targets, transforms.steps.length > 0);
  const inputSchema = plugin.definition.schemaOf?.(plugin.config);
  return {
    async call(order) {
      for (const { codec } of targets) await prepareEncode(codec)?.(AbortSignal.timeout(order.wait));
      const batches =
        order.input === undefined
          ? await poll(task, plugin, order, refusalOf)
          : [{ messages: order.input.map((payload) => ({ payload })), schema: inputSchema }];
      const messages: DryRunMessage[] = [];
      for (const batch of batches) {
        const wanted = batch.messages.slice(0, order.messages - messages.length);
        messages.push(...runBatch(plan, targets, { ...batch, messages: wanted }));
      }
      const note =
        messages.length > 0 || order.input !== undefined ? null : `the source produced nothing within ${order.wait} ms`;
      return { messages, note } satisfies DryRunResult;
    },
    async close() {},
  };
}

/** Opens a separate instance of the source, and polls it until it produced enough, has no more, or its time is over. */
async function poll(
  task: Task,
  { definition, config }: LoadedSource,
  order: DryRunOrder,
  refusalOf: RefusalOf,
): Promise<Polled[]> {
  const { spec } = task;
  let checkpoint = definition.checkpoints === "memory" ? undefined : await start(task, order);
  const source = definition.create(config, task.connectorContext);
  try {
    await within(spec.startTimeout, "open", async (signal) =>
      source.open?.({ ...task.openContext(signal), refusalOf }),
    );
    const batches: Polled[] = [];
    const end = performance.now() + order.wait;
    for (let wanted = order.messages; wanted > 0; ) {
      const left = end - performance.now();
      if (left <= 0) break;
      const batch = await pollOnce(source, checkpoint, wanted, left);
      if (batch === undefined) break;
      wanted -= batch.messages.length;
      if (batch.messages.length > 0) batches.push({ messages: messageList(batch.messages), schema: batch.schema });
      // As if it had been committed: what comes next follows what is shown.
      checkpoint = batch.checkpoint ?? checkpoint;
      if (batch.completed === true || (batch.messages.length > 0 && batch.more !== true)) break;
    }
    return batches;
  } finally {
    await closePlugin(task, source);
  }
}

/** Undefined: it returned nothing in time. */
async function pollOnce(source: Source, checkpoint: unknown, maxMessages: number, time: number) {
  const signal = AbortSignal.timeout(Math.max(1, Math.round(time)));
  const call = (async () => source.poll({ checkpoint, signal, maxMessages, maxBytes: MAX_BYTES }))();
  try {
    return (await endsBefore(call, signal)) ? await call : undefined;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

async function start({ spec }: Task, { from }: DryRunOrder): Promise<unknown> {
  if (from?.kind === "first") return undefined;
  if (from !== undefined) {
    throw new FatalError(`a source starts at its stored checkpoint or at "first", not at "${from.kind}"`, {
      code: "IGC_SOURCE_DRY_RUN_FROM",
      place: "--from",
    });
  }
  if (spec.checkpoint === undefined || !existsSync(spec.checkpoint.path)) return undefined;
  return (await new CheckpointFile(spec.checkpoint.path, spec.key).load(undefined)).checkpoint;
}

async function within<Result>(
  time: number,
  what: string,
  call: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const signal = AbortSignal.timeout(time);
  const running = call(signal);
  if (await endsBefore(running, signal)) return running;
  throw new RetryableError(`${what} did not end within ${time} ms`, { code: "IGC_PLUGIN_HUNG" });
}

function runBatch(plan: ProducePlan, targets: readonly Target[], { messages, schema }: Polled): DryRunMessage[] {
  const failures = new Map<number, RunFailure>();
  const fail = (index: number, failure: RunFailure): void => {
    if (!failures.has(index)) failures.set(index, failure);
  };
  for (const batch of transformBatch(plan, messages, targets, (target) => readerOf(target, schema))) {
    for (const failure of batch.failed) fail(failure.index, failure);
    for (const { target, rows } of batch.routes) {
      const encoded = encodeForStream(plan, batch.transformed, target.codec, rows, undefined);
      for (const failure of encoded.failed) fail(failure.index, failure);
      encoded.release();
    }
    batch.transformed.output.release();
  }
  const [first] = targets;
  const reader = readerOf(first!, schema);
  return messages.map((message, index) => {
    const { stream, topic } = first!.spec;
    return reportMessage(plan.trace(messages, reader, index), { stream, topic, id: message.id }, failures.get(index));
  });
}
