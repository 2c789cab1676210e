import type { Polled, WeightedSemaphore } from "@iggy-connectors/client";
import type { MessageFrames } from "@iggy-connectors/protocol";
import type { MessageBatch, RejectedMessage, Sink } from "@iggy-connectors/sdk";
import type { MessageFailure } from "@iggy-connectors/transforms";
import type { Task } from "../task/task.ts";
import { attempt, type Outcome } from "./attempts.ts";
import { BatchTiming } from "./batch-timing.ts";
import type { FailedMessage, FailureHandler } from "./failure-handler.ts";
import type { Flusher } from "./flusher.ts";
import type { PartitionLane } from "./partition-lane.ts";
import { checkRejected, deliverSplitting, indexOfOffset } from "./split-delivery.ts";

export interface SinkDeliveryParts {
  readonly task: Task;
  readonly sink: Sink;
  readonly budget: WeightedSemaphore;
  readonly failures: FailureHandler;
  /** Present for a sink that stages. */
  readonly flusher: Flusher | undefined;
}

type PolledMessages = Extract<Polled, { kind: "messages" }>;

/** A reply's part in its partition's turn in the plugin; given up while it waits between two attempts. */
interface Turn {
  held: boolean;
}

/** Takes one polled reply of one partition to its end: decoded, transformed, delivered, its failures settled. */
export class SinkDelivery {
  readonly #parts: SinkDeliveryParts;

  constructor(parts: SinkDeliveryParts) {
    this.#parts = parts;
  }

  /** False: the partition was closed before every message of the reply had ended. */
  async process(lane: PartitionLane, polled: PolledMessages): Promise<boolean> {
    const { budget } = this.#parts;
    const turn: Turn = { held: false };
    try {
      turn.held = await lane.turn.enter(lane.cut);
      if (!turn.held || !lane.mayBegin) {
        budget.release(polled.bytes);
        return false;
      }
      return await this.#run(lane, polled, turn);
    } finally {
      this.#giveTurn(lane, turn);
    }
  }

  async #run(lane: PartitionLane, { frames, from, bytes }: PolledMessages, turn: Turn): Promise<boolean> {
    const { task, failures, flusher, budget } = this.#parts;
    const count = frames.length - from;
    lane.taken(count);
    task.measured.batch(count, bytes);
    task.counters.bytesIn += bytes;
    task.changed();
    const timing = new BatchTiming();
    const lacksSchemas = lane.plan.prepare(frames, from) !== undefined;
    if (lacksSchemas && !(await this.#fetchSchemas(lane, frames, from, turn, timing))) {
      budget.release(bytes);
      return false;
    }
    const began = performance.now();
    const planned = lane.plan.run(frames, lane.ref, from);
    timing.decode = performance.now() - began;
    task.tap.batch(
      from,
      frames.length,
      (index) => ({ ...lane.ref, offset: frames.offset(index), id: frames.id(index) }),
      (index) => lane.plan.trace(frames, lane.ref, index),
    );
    lane.count("filtered", planned.filtered);
    task.measured.filtered(planned.filteredBy);
    const failed = planned.failed.map((failure) => failedInPlan(failure, frames, task.spec.onError));
    const barrier = failed.find(({ policy }) => policy === "stop");
    const batch = barrier === undefined ? planned.batch : partBefore(planned.batch, barrier.offset);
    let delivered = 0;
    const refusedOffsets = new Set<bigint>();
    let through = barrier === undefined ? frames.offset(frames.length - 1) : barrier.offset - 1n;

    if (batch.length > 0) {
      const unreported = await deliverSplitting(batch, (part) => this.#consume(lane, part, turn, timing), {
        delivered: (part, rejected, attempts) => {
          const written = part.consumed - this.#refuse(rejected, frames, attempts, refusedOffsets, failed);
          delivered += written;
          task.counters.bytesOut += part.payloadBytes;
          if (flusher !== undefined) return;
          lane.count("delivered", written);
          task.measured.delivered(part, refusedOffsets);
        },
        failed: (part, error, attempts) => {
          this.#refuse(offsetsOf(part, error), frames, attempts, refusedOffsets, failed);
        },
      });
      if (unreported !== undefined) through = unreported - 1n;
    }
    this.#giveTurn(lane, turn);

    // What was abandoned comes again as a whole with everything behind it, so only the failures before it are settled.
    const due = failed.filter(({ offset }) => offset <= through || offset === barrier?.offset);
    due.sort((a, b) => (a.offset < b.offset ? -1 : 1));
    const open = due.length === 0 ? undefined : await lane.deliveries.holdWhile(failures.settle(lane, frames, due));
    if (open !== undefined && open.offset <= through) through = open.offset - 1n;
    const ended = through === frames.offset(frames.length - 1);
    if (flusher !== undefined && (delivered > 0 || flusher.holds(lane))) {
      flusher.add({
        lane,
        frames,
        batch,
        bytes,
        delivered,
        refused: refusedOffsets,
        through,
        release: planned.release,
      });
    } else {
      budget.release(bytes);
      lane.endedThrough(frames, through);
    }
    timing.report(task, lane, count, delivered, ended);
    task.changed();
    if (ended && flusher === undefined) {
      planned.release();
      lane.recycle(frames);
    }
    if (open?.policy === "stop" && !lane.closing.aborted) await lane.deliveries.holdWhile(failures.block(lane, open));
    return ended;
  }

  /** A registry that is away is waited for like a destination; false: the partition was closed first. */
  async #fetchSchemas(
    lane: PartitionLane,
    frames: MessageFrames,
    from: number,
    turn: Turn,
    timing: BatchTiming,
  ): Promise<boolean> {
    const { task } = this.#parts;
    // Asked again after each wait: what was fetched may have been forgotten for another partition's messages.
    for (let fetch = lane.plan.prepare(frames, from); fetch !== undefined; fetch = lane.plan.prepare(frames, from)) {
      const fetchSchemas = fetch;
      const outcome = await attempt(task, {
        what: "schema registry",
        place: lane.place,
        timeout: 0,
        closing: lane.closing,
        cut: lane.cut,
        call: (_attempts, signal) => fetchSchemas(signal),
        yield: (wait) => this.#yield(lane, turn, timing, wait),
      });
      if (outcome.kind === "abandoned") return false;
      // At the limit of attempts the messages themselves fail, each for the schema that it lacks.
      if (outcome.kind !== "done") return true;
    }
    return true;
  }

  async #consume(lane: PartitionLane, part: MessageBatch, turn: Turn, timing: BatchTiming): Promise<Outcome> {
    const { task, sink } = this.#parts;
    return attempt(task, {
      what: "consume",
      place: lane.place,
      timeout: task.spec.consumeTimeout,
      closing: lane.closing,
      cut: lane.cut,
      call: async (attempts, signal) => {
        const began = performance.now();
        try {
          const result = await sink.consume(part, { signal, attempt: attempts });
          if (result !== undefined) checkRejected(result.rejected, part);
          if (task.failPoints !== undefined) await task.failPoints("sink.after_consume");
          return result;
        } finally {
          timing.plugin += performance.now() - began;
        }
      },
      yield: (wait) => this.#yield(lane, turn, timing, wait),
    });
  }

  /** Lets other partitions have their turn while this one waits. */
  async #yield(lane: PartitionLane, turn: Turn, timing: BatchTiming, wait: () => Promise<void>): Promise<boolean> {
    const began = performance.now();
    this.#giveTurn(lane, turn);
    await wait();
    turn.held = await lane.turn.enter(lane.cut);
    timing.waited += performance.now() - began;
    return turn.held;
  }

  /** Notes the messages that the destination refused, each once; returns how many are new. */
  #refuse(
    rejected: readonly RejectedMessage[],
    frames: MessageFrames,
    attempts: number,
    known: Set<bigint>,
    failed: FailedMessage[],
  ): number {
    const before = known.size;
    for (const { offset, error } of rejected) {
      if (known.has(offset)) continue;
      known.add(offset);
      failed.push(failedInConsume(frames, offset, error, attempts, this.#parts.task));
    }
    return known.size - before;
  }

  #giveTurn(lane: PartitionLane, turn: Turn): void {
    if (!turn.held) return;
    turn.held = false;
    lane.turn.leave();
  }
}

function failedInPlan(failure: MessageFailure, frames: MessageFrames, policy: FailedMessage["policy"]): FailedMessage {
  const { index, stage, transform, error, attempts } = failure;
  return { index, offset: frames.offset(index), stage, transform, error, attempts, policy: failure.onError ?? policy };
}

export function failedInConsume(
  frames: MessageFrames,
  offset: bigint,
  error: unknown,
  attempts: number,
  task: Task,
): FailedMessage {
  const index = indexOfOffset(frames.length, (at) => frames.offset(at), offset);
  return { index, offset, stage: "consume", error, attempts, policy: task.spec.onError };
}

function offsetsOf(part: MessageBatch, error: unknown): RejectedMessage[] {
  return Array.from({ length: part.length }, (_, index) => ({ offset: part.offset(index), error }));
}

/** The messages before a message that stops its partition. */
function partBefore(batch: MessageBatch, offset: bigint): MessageBatch {
  let end = 0;
  while (end < batch.length && batch.offset(end) < offset) end += 1;
  return batch.slice(0, end);
}
