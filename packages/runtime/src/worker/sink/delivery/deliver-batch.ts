import type { MessageFrames } from "@iggy-connectors/protocol";
import type { MessageBatch, Sink } from "@iggy-connectors/sdk";
import { forgetValues, type MessageFailure } from "@iggy-connectors/transforms";
import type { Task } from "../../task/task.ts";
import { messageRange } from "../message-range.ts";
import type { DeliveringPartition } from "./batch-partition.ts";
import type { BatchTiming } from "./batch-timing.ts";
import type { DecodedBatch } from "./decode-batch.ts";
import { deliverInParts, type PartOutcome } from "./deliver-parts.ts";
import { type CallOutcome, callRepeatedly, type PluginCall } from "./plugin-attempts.ts";
import { RecordedPrefix } from "./recorded-prefix.ts";
import { checkRejected, consumeFailure, indexOfOffset, rejectedBy } from "./rejected-messages.ts";
import type { Turn } from "./turn.ts";

export interface DeliverDependencies {
  readonly task: Task;
  readonly sink: Sink;
  /** Whether the sink only stages in `consume`: its messages are counted when they are flushed. */
  readonly stages: boolean;
}

/** A batch after `consume`. */
export interface DeliveredBatch {
  /** Messages that the sink wrote, or staged. */
  readonly delivered: number;
  /** Messages that the sink rejected, or did not take within the limits of `retry`. */
  readonly failures: readonly MessageFailure[];
  /** Their offsets. */
  readonly rejected: ReadonlySet<bigint>;
  /** Every message up to this offset was reported: delivered or failed. What is behind it was abandoned and comes again. */
  readonly through: bigint;
  /** What is behind `through` is to be read again, because of it could not be told who is to blame. */
  readonly reread?: boolean;
}

/** Gives a decoded batch to the sink. */
export async function deliverBatch(
  dependencies: DeliverDependencies,
  partition: DeliveringPartition,
  frames: MessageFrames,
  { batch, filtered, through }: DecodedBatch,
  turn: Turn,
  timing: BatchTiming,
): Promise<DeliveredBatch> {
  const report = new DeliveryReport(dependencies, partition, frames);
  if (batch.length === 0) return report.until(through);
  const { task } = dependencies;
  const { undecided, place, closing } = partition;
  for (let rest = batch; ; ) {
    const last = await deliverRound(dependencies, partition, { frames, batch: rest }, report, turn, timing);
    if (last === undefined) {
      undecided.settled();
      return report.until(through);
    }
    const { part, outcome } = last;
    const before = report.until(part.firstOffset - 1n);
    if (outcome.kind === "abandoned") return before;
    const next = await undecided.next(task, outcome, { method: "consume", place, closing }, (wait) =>
      timing.waiting(() => turn.suspend(wait)),
    );
    if (next === "closed") return before;
    rest = rest.slice(indexOfOffset(rest, part.firstOffset), rest.length);
    if (next === "exhausted") {
      report.add({ part: rest, outcome: { ...outcome, kind: "exhausted" } });
      undecided.settled();
      return report.until(through);
    }
    // What a transform left out has ended, and would end twice.
    if (partition.rereads && filtered === 0) return { ...before, reread: true };
  }
}

/** Delivers as much as can be decided; the part from which on nothing could, or was. */
async function deliverRound(
  dependencies: DeliverDependencies,
  partition: DeliveringPartition,
  { frames, batch }: { readonly frames: MessageFrames; readonly batch: MessageBatch },
  report: DeliveryReport,
  turn: Turn,
  timing: BatchTiming,
): Promise<{ readonly part: MessageBatch; readonly outcome: OpenOutcome } | undefined> {
  const { undecided } = partition;
  const consumePart = (part: MessageBatch) =>
    consume(dependencies, partition, { frames, part }, turn, timing, {
      unclearAttempts: undecided.attemptsAt(part, batch),
      logged: part === batch,
    });
  for await (const { part, outcome } of deliverInParts(batch, consumePart, undecided.blame())) {
    if (outcome.kind === "abandoned" || outcome.kind === "undecided") return { part, outcome };
    report.add({ part, outcome });
  }
  return undefined;
}

type OpenOutcome = Extract<PartOutcome["outcome"], { kind: "abandoned" | "undecided" }>;
type EndedPart = PartOutcome & { readonly outcome: Exclude<PartOutcome["outcome"], OpenOutcome> };

/** What became of the parts of a batch, in their order. */
class DeliveryReport {
  readonly #dependencies: DeliverDependencies;
  readonly #partition: DeliveringPartition;
  readonly #frames: MessageFrames;
  readonly #failures: MessageFailure[] = [];
  readonly #rejected = new Set<bigint>();
  readonly #record: RecordedPrefix;
  #delivered = 0;

  constructor(dependencies: DeliverDependencies, partition: DeliveringPartition, frames: MessageFrames) {
    this.#dependencies = dependencies;
    this.#partition = partition;
    this.#frames = frames;
    this.#record = new RecordedPrefix((offset) => partition.recordedThrough(offset));
  }

  until(through: bigint): DeliveredBatch {
    return { delivered: this.#delivered, failures: this.#failures, rejected: this.#rejected, through };
  }

  add({ part, outcome }: EndedPart): void {
    const { task, stages } = this.#dependencies;
    const known = this.#rejected.size;
    for (const { offset, error } of rejectedBy(part, outcome)) {
      if (this.#rejected.has(offset)) continue;
      this.#rejected.add(offset);
      this.#failures.push(consumeFailure(this.#frames, offset, error, outcome.attempts));
    }
    // What is only staged is recorded by the flush.
    if (!stages) this.#record.add(part, outcome);
    if (outcome.kind !== "done") return;
    const written = part.consumed - (this.#rejected.size - known);
    this.#delivered += written;
    task.counters.bytesOut += part.payloadBytes;
    if (stages) return;
    this.#partition.count("delivered", written);
    task.measured.delivered(part, this.#rejected);
  }
}

function consume(
  { task, sink }: DeliverDependencies,
  partition: DeliveringPartition,
  { frames, part }: { readonly frames: MessageFrames; readonly part: MessageBatch },
  turn: Turn,
  timing: BatchTiming,
  attempts: Pick<PluginCall, "unclearAttempts" | "logged">,
): Promise<CallOutcome> {
  const { ref, place, closing, abandoned } = partition;
  return callRepeatedly(task, {
    ...attempts,
    what: "consume",
    place,
    messages: [messageRange(ref, part.firstOffset, part.lastOffset)],
    timeout: task.spec.consumeTimeout,
    closing,
    abandoned,
    call: async (attempt, signal) => {
      const began = performance.now();
      try {
        const result = await sink.consume(part, { signal, attempt });
        if (result !== undefined) checkRejected(result.rejected, part);
        if (task.failPoints !== undefined) await task.failPoints("sink.after_consume");
        return result;
      } catch (error) {
        // What comes again is what came, whatever the plugin did to it.
        forgetValues(part);
        await partition.restore(frames);
        throw error;
      } finally {
        timing.plugin += performance.now() - began;
      }
    },
    onMoved: (error) => partition.recordMoved(error),
    suspend: (wait) => timing.waiting(() => turn.suspend(wait)),
  });
}
