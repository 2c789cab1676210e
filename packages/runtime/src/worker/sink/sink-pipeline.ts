import { aborted, StoreSpacing, WeightedSemaphore } from "@iggy-connectors/client";
import { FatalError, type Sink } from "@iggy-connectors/sdk";
import type { BatchPlan } from "@iggy-connectors/transforms";
import { DeadLetterWriter } from "../failures/dead-letter-writer.ts";
import { FailurePolicy } from "../failures/failure-policy.ts";
import type { IggyConnection, IggyConnector } from "../iggy/iggy-connection.ts";
import type { LoadedSink } from "../plugin/load.ts";
import { closePlugin, connect, openPlugin } from "../plugin/opening.ts";
import type { Task } from "../task/task.ts";
import { BatchProcessor } from "./delivery/process-batch.ts";
import { MessageAccount } from "./message-account.ts";
import { RecordTicks } from "./partition/record-ticks.ts";
import { compilePlans } from "./plans.ts";
import { Flusher } from "./staging/flusher.ts";
import { StreamTopics } from "./topics/stream-topics.ts";
import { TopicConsumer } from "./topics/topic-consumer.ts";

/** Moves messages from Iggy to the sink until the task stops. */
export async function runSink(task: Task, plugin: LoadedSink, connector: IggyConnector): Promise<void> {
  const plans = await compilePlans(task);
  const sink = task.calls.run("create", [], () => plugin.definition.create(plugin.config, task.connectorContext));
  refuseOutOfOrder(task, sink);
  let iggy: IggyConnection | undefined;
  try {
    iggy = await connect(task, connector);
    if (iggy === undefined || !(await openPlugin(task, sink))) return;
    await consume(task, sink, iggy, plans);
  } finally {
    await closePlugin(task, sink);
    await iggy?.close();
  }
}

/**
 * Invariant 1: the offset that a target keeps says that everything before it is there, too. Batches that pass one another
 * would make that untrue, and what was open at a crash would be lost.
 */
function refuseOutOfOrder({ spec }: Task, sink: Sink): void {
  if (sink.committed === undefined || spec.maxInFlight === 1) return;
  throw new FatalError(`the sink keeps offsets in its target, so max_in_flight must be 1, not ${spec.maxInFlight}`, {
    code: "IGC_CONFIG_MAX_IN_FLIGHT",
    place: "max_in_flight",
    fix: "remove max_in_flight; max_in_flight_partitions and tasks deliver several partitions at once",
  });
}

async function consume(task: Task, sink: Sink, iggy: IggyConnection, plans: readonly BatchPlan[]): Promise<void> {
  const { spec, lifetime, counters } = task;
  const account = new MessageAccount(counters);
  const storeSpacing = new StoreSpacing();
  const recordTicks = new RecordTicks();
  const pluginSlots = new WeightedSemaphore(spec.maxInFlightPartitions);
  const failures = createFailurePolicy(task, iggy);
  let flusher: Flusher | undefined;
  const buffer = new WeightedSemaphore(spec.bufferBytes, () => flusher?.relieve());
  if (sink.flush !== undefined) flusher = new Flusher({ task, sink, pluginSlots, buffer, failures });
  const processor = new BatchProcessor({ task, sink, buffer, failures, staging: flusher });

  let waiting = spec.sinkStreams.length;
  const onJoined = (): void => {
    waiting -= 1;
    if (waiting === 0 && task.health.state === "starting") task.health.enter("running");
  };
  const streams = spec.sinkStreams.map(
    (stream, index) =>
      new StreamTopics(stream, {
        task,
        iggy,
        createConsumer(topic, stopping, joined) {
          const plan = plans[index]!;
          const shared = {
            task,
            sink,
            iggy,
            plan,
            pluginSlots,
            buffer,
            account,
            storeSpacing,
            recordTicks,
            processor,
            flusher,
          };
          return new TopicConsumer(stream, topic, { ...shared, stopping, onJoined: joined });
        },
      }),
  );
  task.workInFlight = () => ({
    messages: account.open,
    bytes: buffer.used,
    partitions: streams.flatMap((stream) => stream.status()),
  });
  try {
    const runs = streams.map((stream) => stream.run(onJoined).catch((error: unknown) => lifetime.fail(error)));
    // A topic that cannot be left in time is left behind: its connection is about to be closed.
    await Promise.race([Promise.all(runs), aborted(lifetime.ended)]);
  } finally {
    flusher?.close();
  }
}

function createFailurePolicy(task: Task, iggy: IggyConnection): FailurePolicy {
  const { spec, redaction, failPoints } = task;
  const writer = new DeadLetterWriter(iggy, spec, (text) => redaction.text(text));
  return new FailurePolicy(task, {
    async write(letters) {
      await writer.write(letters);
      if (failPoints !== undefined) await failPoints("sink.after_dead_letter");
    },
  });
}
