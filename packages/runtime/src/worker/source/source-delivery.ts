import type { ProducedBatch, Schema } from "@iggy-connectors/sdk";
import type { Codec } from "@iggy-connectors/sdk/internal";
import type { ProducePlan, TransformedMessages } from "@iggy-connectors/transforms";
import type { Task } from "../task/task.ts";
import { OutcomeTally } from "./outcome-tally.ts";
import { payloadBytes } from "./polled-batches.ts";
import type { LostProduce, ProduceFailures } from "./produce-failures.ts";
import { routeMessages } from "./routing.ts";
import type { SourceTiming } from "./source-timing.ts";
import type { PreparedSend, TargetStream } from "./target-stream.ts";

/** What becomes of messages that cannot be sent; `ProduceFailures` for a source that runs. */
export type FailureSettling = Pick<ProduceFailures, "stopping" | "block" | "settle">;

interface PreparedRoute {
  readonly target: TargetStream;
  readonly prepared: PreparedSend;
}

/** Brings one produced batch into Iggy: transformed, encoded, sent to its streams, its failures settled. */
export class SourceDelivery {
  readonly #task: Task;
  readonly #targets: readonly TargetStream[];
  readonly #plan: ProducePlan;
  readonly #failures: FailureSettling;
  #messagesInHand = 0;
  #bytesInHand = 0;

  constructor(task: Task, targets: readonly TargetStream[], plan: ProducePlan, failures: FailureSettling) {
    this.#task = task;
    this.#targets = targets;
    this.#plan = plan;
    this.#failures = failures;
  }

  get messagesInHand(): number {
    return this.#messagesInHand;
  }

  get bytesInHand(): number {
    return this.#bytesInHand;
  }

  /**
   * The number of messages that were sent, once every message of the batch has ended and its checkpoint may be committed;
   * undefined: the task was stopped before.
   */
  async deliver(batch: ProducedBatch, timing: SourceTiming): Promise<number | undefined> {
    const { counters } = this.#task;
    const { messages } = batch;
    counters.produced += messages.length;
    const bytes = payloadBytes(batch);
    counters.bytesIn += bytes;
    this.#messagesInHand = messages.length;
    this.#bytesInHand = bytes;
    this.#task.measured.batch(messages.length, bytes);
    this.#task.changed();
    try {
      return await this.#deliver(batch, timing);
    } finally {
      this.#messagesInHand = 0;
      this.#bytesInHand = 0;
      this.#task.changed();
    }
  }

  async #deliver({ messages, schema }: ProducedBatch, timing: SourceTiming): Promise<number | undefined> {
    const { counters } = this.#task;
    const tally = new OutcomeTally(messages.length);
    const remains = new BatchRemains();
    const { failed } = remains;
    for (const target of this.#targets) {
      if (target.lacksSchema && !(await target.fetchSchema())) return undefined;
    }
    const began = performance.now();
    const prepared = await this.#prepare(messages, schema, remains);
    timing.decode = performance.now() - began;
    // Before anything is sent: a batch that is stopped comes again as a whole.
    const barrier = this.#failures.stopping(failed);
    if (barrier !== undefined) {
      await this.#failures.block(barrier);
      return undefined;
    }
    let sent = 0;
    const sendingBegan = performance.now();
    for (const { target, prepared: send } of prepared) {
      const complete = await target.send(send.groups, {
        sent(group, from, to, size) {
          sent += to - from;
          counters.sent += to - from;
          counters.bytesOut += size;
          for (let at = from; at < to; at++) tally.delivered(group.indexes[at]!);
        },
        failed: (failure) => remains.add({ ...failure, stream: target.spec }),
      });
      if (!complete) return undefined;
    }
    timing.send = performance.now() - sendingBegan;
    const late = this.#failures.stopping(failed);
    if (late !== undefined) {
      await this.#failures.block(late);
      return undefined;
    }
    if (failed.length > 0 && !(await this.#failures.settle(messages, failed, tally))) return undefined;
    tally.addTo(counters);
    remains.end(this.#task);
    return sent;
  }

  /** Transforms once for all streams that read the source's bytes the same way, then encodes for each. */
  async #prepare(
    messages: ProducedBatch["messages"],
    batchSchema: Schema | undefined,
    remains: BatchRemains,
  ): Promise<PreparedRoute[]> {
    const all = this.#targets;
    const prepared: PreparedRoute[] = [];
    for (const reader of new Set(all.map((target) => readerOf(target, batchSchema)))) {
      const targets = all.filter((target) => readerOf(target, batchSchema) === reader);
      const transformed = this.#plan.transform(messages, reader);
      if (prepared.length === 0) this.#show(messages, reader, targets[0]!);
      const { spec } = targets[0]!;
      remains.transformed.push(transformed);
      for (const failure of transformed.failed) remains.add({ ...failure, attempts: 1, stream: spec });
      const { routes, lost } = routeMessages(transformed, targets, all);
      for (const { index, error } of lost) remains.add({ index, error, stage: "send", attempts: 1, stream: spec });
      for (const { target, rows } of routes) {
        const send = await target.prepare(transformed, rows);
        remains.prepared.push(send);
        for (const failure of send.failed) remains.add({ ...failure, stream: target.spec });
        prepared.push({ target, prepared: send });
      }
    }
    return prepared;
  }

  #show(messages: ProducedBatch["messages"], reader: Codec | Schema, { spec }: TargetStream): void {
    this.#task.tap.batch(
      0,
      messages.length,
      (index) => ({ stream: spec.stream, topic: spec.topic, id: messages[index]!.id }),
      (index) => this.#plan.trace(messages, reader, index),
    );
  }
}

/** What a batch leaves behind. Of a message that became several, one failure per stream stands for all. */
class BatchRemains {
  readonly failed: LostProduce[] = [];
  readonly transformed: TransformedMessages[] = [];
  readonly prepared: PreparedSend[] = [];
  readonly #known = new Map<LostProduce["stream"], Set<number>>();

  add(failure: LostProduce): void {
    const known = this.#known.get(failure.stream) ?? new Set<number>();
    this.#known.set(failure.stream, known);
    if (known.has(failure.index)) return;
    known.add(failure.index);
    this.failed.push(failure);
  }

  /** Every message has ended: nobody looks at what was made of them any more. */
  end({ measured }: Task): void {
    for (const { filteredBy, rows } of this.transformed) {
      measured.filtered(filteredBy);
      rows.release();
    }
    for (const { release } of this.prepared) release();
  }
}

/** What reads the bytes of a source for a stream: the stream's codec where they are of its schema. */
function readerOf({ spec, codec }: TargetStream, batchSchema: Schema | undefined): Codec | Schema {
  return batchSchema === undefined || batchSchema === spec.schema ? (codec.produced ?? codec) : batchSchema;
}
