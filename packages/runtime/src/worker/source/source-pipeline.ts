import { endsBefore } from "@iggy-connectors/client";
import type { Codec } from "@iggy-connectors/codecs";
import { FatalError, type Source } from "@iggy-connectors/sdk";
import { createProducePlan, type ProducePlan } from "@iggy-connectors/transforms";
import { CheckpointFile } from "../../shared/checkpoint-file.ts";
import { loadSourceCodecs } from "../compile/codecs.ts";
import { loadTransforms } from "../compile/transforms.ts";
import { DeadLetterWriter } from "../failures/dead-letter-writer.ts";
import { FailurePolicy } from "../failures/failure-policy.ts";
import type { IggyConnection, IggyConnector } from "../iggy/iggy-connection.ts";
import type { LoadedSource } from "../plugin/load.ts";
import { closePlugin, connect, openPlugin } from "../plugin/opening.ts";
import { CheckpointWriter } from "../state/checkpoint-writer.ts";
import type { Task } from "../task/task.ts";
import { OriginAcknowledger } from "./origin-acknowledger.ts";
import { PollLoop } from "./poll-loop.ts";
import { PolledBatches } from "./polled-batches.ts";
import { refusals } from "./refusals.ts";
import { SourceDelivery } from "./source-delivery.ts";
import { SourceTiming } from "./source-timing.ts";
import { TargetStream } from "./target-stream.ts";

/** Moves messages from the source into Iggy until the task stops (false) or the source has no more (true). */
export async function runSource(task: Task, plugin: LoadedSource, connector: IggyConnector): Promise<boolean> {
  const { spec, logger } = task;
  if (spec.checkpoint === undefined) {
    throw new FatalError(`source "${spec.key}" has no path for its checkpoint`, {
      code: "IGC_STATE_PATH",
      fix: "set state.path",
    });
  }
  const codecs = await loadSourceCodecs(task);
  const transforms = await loadTransforms(task);
  const plan = createProducePlan(transforms);
  const { definition } = plugin;
  const file = definition.checkpoints === "memory" ? undefined : new CheckpointFile(spec.checkpoint.path, spec.key);
  const loaded = await file?.load(definition.importState?.bind(definition));
  if (loaded?.importedFrom !== undefined) {
    logger.info("imported the state of the original runtime", { copy: loaded.importedFrom });
  }
  const source = task.calls.run("create", [], () => definition.create(plugin.config, task.connectorContext));
  const targets = spec.sourceStreams.map((stream, index) => ({ spec: stream, codec: codecs[index]! }));
  const refusalOf = refusals(targets, transforms.steps.length > 0);
  let iggy: IggyConnection | undefined;
  try {
    iggy = await connect(task, connector);
    if (iggy === undefined || !(await openPlugin(task, source, { refusalOf }))) return false;
    return await produce(task, source, iggy, codecs, plan, file, loaded?.checkpoint);
  } finally {
    await closePlugin(task, source);
    await iggy?.close();
  }
}

async function produce(
  task: Task,
  source: Source,
  iggy: IggyConnection,
  codecs: readonly Codec[],
  plan: ProducePlan,
  file: CheckpointFile | undefined,
  committed: unknown,
): Promise<boolean> {
  const { spec, lifetime, health } = task;
  const targets = spec.sourceStreams.map((stream, index) => new TargetStream(stream, codecs[index]!, task, iggy, plan));
  const opening = Promise.all(targets.map((target) => target.open()));
  if (!(await endsBefore(opening, lifetime.stopping)) || (await opening).includes(false)) return false;
  health.enter("running");

  const policy = new FailurePolicy(task, new DeadLetterWriter(iggy, spec, (text) => task.redaction.text(text)));
  const delivery = new SourceDelivery(task, targets, plan, policy);
  const batches = new PolledBatches({
    polling: new PollLoop(task, source),
    checkpoint: committed,
    limit: spec.maxInFlight,
    maxBytes: spec.bufferBytes,
  });
  task.workInFlight = () => ({
    messages: delivery.messagesInFlight + batches.waitingMessages,
    bytes: delivery.bytesInFlight + batches.waitingBytes,
    partitions: [],
  });
  const acknowledger = new OriginAcknowledger(task, source);
  const writer = new CheckpointWriter(task, file, (checkpoint) => acknowledger.stored(checkpoint));
  let completed = false;
  try {
    for (;;) {
      const polled = await batches.take();
      if (polled === undefined) break;
      const { batch } = polled;
      const timing = new SourceTiming();
      const sent = batch.messages.length === 0 ? 0 : await untilEnded(task, delivery.deliver(polled, timing));
      if (sent === undefined) break;
      batches.spent(polled);
      if (batch.checkpoint !== undefined) {
        writer.commit(batch.checkpoint);
        const { backlog } = writer;
        if (backlog !== undefined) {
          const saving = performance.now();
          await endsBefore(backlog, lifetime.stopping);
          timing.save = performance.now() - saving;
        }
      }
      if (batch.messages.length > 0) timing.report(task, spec.sourceStreams[0], batch.messages.length, sent);
      completed = batch.completed === true;
    }
    await endsBefore(batches.settled(), lifetime.ended);
    // A completed source, too, ends only when its last checkpoint is stored, however long that takes.
    await endsBefore(writer.flush(), lifetime.ended);
    await acknowledger.settle();
  } finally {
    writer.close();
  }
  return completed && !lifetime.ended.aborted;
}

/** What has not ended at the deadline of a stop is abandoned: nothing of it is committed. */
async function untilEnded<Result>(task: Task, work: Promise<Result>): Promise<Result | undefined> {
  return (await endsBefore(work, task.lifetime.ended)) ? work : undefined;
}
