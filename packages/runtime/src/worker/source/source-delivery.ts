import type { Codec } from "@iggy-connectors/codecs";
import { messageAt, type ProducedMessage, type ProducedMessages, type Schema } from "@iggy-connectors/sdk";
import type { MessageFailure, ProducePlan } from "@iggy-connectors/transforms";
import type { ProducedProgress } from "../../shared/workers/call-marks.ts";
import type { FailurePolicy, FailureSite } from "../failures/failure-policy.ts";
import type { Task } from "../task/task.ts";
import { BatchFailures } from "./batch-failures.ts";
import { readerOf } from "./batch-reader.ts";
import { producedDeadLetter } from "./dead-letter.ts";
import type { EncodedBatch } from "./encoded-batch.ts";
import { OutcomeTally } from "./outcome-tally.ts";
import type { PolledBatch } from "./polled-batches.ts";
import { SourceSuspects } from "./source-suspects.ts";
import type { SourceTiming } from "./source-timing.ts";
import type { TargetStream } from "./target-stream.ts";
import { type TransformedBatch, transformBatch } from "./transformed-batch.ts";

/** What becomes of messages that cannot be sent: the `FailurePolicy` of a source that runs. */
export type SourceFailurePolicy = Pick<FailurePolicy, "policyOf" | "block" | "settle">;

/**
 * Brings one produced batch into Iggy: *transform* (once for all streams that read it in the same way) → *encode* (for each
 * stream) → *send* (until Iggy confirmed it) → *settle* (its failed messages go where `on_error` says, every message is
 * counted once).
 */
export class SourceDelivery {
  readonly #task: Task;
  readonly #targets: readonly TargetStream[];
  readonly #plan: ProducePlan;
  readonly #policy: SourceFailurePolicy;
  readonly #suspects: SourceSuspects;
  #messagesInFlight = 0;
  #bytesInFlight = 0;

  constructor(task: Task, targets: readonly TargetStream[], plan: ProducePlan, policy: SourceFailurePolicy) {
    this.#task = task;
    this.#targets = targets;
    this.#plan = plan;
    this.#policy = policy;
    this.#suspects = new SourceSuspects(task.spec.suspects?.produced);
  }

  get messagesInFlight(): number {
    return this.#messagesInFlight;
  }

  get bytesInFlight(): number {
    return this.#bytesInFlight;
  }

  /**
   * The number of messages that were sent, once every message of the batch has ended and its checkpoint may be committed;
   * undefined: the task was stopped before.
   */
  async deliver({ batch, bytes }: PolledBatch, timing: SourceTiming): Promise<number | undefined> {
    const { counters, measured } = this.#task;
    const { length } = batch.messages;
    counters.produced += length;
    counters.bytesIn += bytes;
    this.#messagesInFlight = length;
    this.#bytesInFlight = bytes;
    measured.batch(length, bytes);
    this.#task.changed();
    try {
      for (const target of this.#targets) {
        if (target.lacksSchema && !(await target.fetchSchema())) return undefined;
      }
      if (this.#suspects.apart) return await this.#deliverApart(batch.messages, batch.schema, timing);
      return await this.#deliver(batch.messages, batch.schema, timing, this.#suspects.together(length));
    } finally {
      this.#messagesInFlight = 0;
      this.#bytesInFlight = 0;
      this.#task.changed();
    }
  }

  /** One by one, as an earlier worker hung with one of them. */
  async #deliverApart(
    messages: ProducedMessages,
    schema: Schema | undefined,
    timing: SourceTiming,
  ): Promise<number | undefined> {
    let count = 0;
    for (let index = 0; index < messages.length; index++) {
      const message = messageAt(messages, index);
      const { produced, failure } = this.#suspects.alone(message);
      const sent =
        failure === undefined
          ? await this.#deliver([message], schema, timing, produced)
          : await this.#refuse(message, failure);
      if (sent === undefined) return undefined;
      count += sent;
    }
    return count;
  }

  /** Ends a message without trying it. */
  async #refuse(message: ProducedMessage, failure: MessageFailure): Promise<number | undefined> {
    const failures = new BatchFailures();
    const tally = new OutcomeTally(1);
    const site = this.#failureSite([message], failures, tally);
    failures.add(this.#targets[0]!.spec, [failure]);
    if (await this.#blocked(failures, site)) return undefined;
    if (!(await this.#policy.settle(failures.all, site))) return undefined;
    tally.addTo(this.#task.counters);
    return 0;
  }

  async #deliver(
    messages: ProducedMessages,
    schema: Schema | undefined,
    timing: SourceTiming,
    produced: ProducedProgress,
  ): Promise<number | undefined> {
    const failures = new BatchFailures();
    const tally = new OutcomeTally(messages.length);
    const site = this.#failureSite(messages, failures, tally);

    const began = performance.now();
    const transformed = this.#transform(messages, schema, failures, produced);
    const encoded = await this.#encode(transformed, failures, produced);
    timing.decode += performance.now() - began;
    // Before anything is sent: a batch that is stopped comes again as a whole.
    if (await this.#blocked(failures, site)) return undefined;

    const sendingBegan = performance.now();
    const sent = await this.#send(encoded, failures);
    if (sent === undefined) return undefined;
    timing.send += performance.now() - sendingBegan;

    if (await this.#blocked(failures, site)) return undefined;
    for (const { groups } of encoded.values()) {
      for (const { indexes } of groups) tally.ended("delivered", indexes);
    }
    const failed = failures.all;
    if (failed.length > 0 && !(await this.#policy.settle(failed, site))) return undefined;
    tally.addTo(this.#task.counters);
    this.#release(transformed, encoded);
    return sent;
  }

  #transform(
    messages: ProducedMessages,
    schema: Schema | undefined,
    failures: BatchFailures,
    produced: ProducedProgress,
  ): readonly TransformedBatch<TargetStream>[] {
    const reader = (target: TargetStream): Codec | Schema => readerOf(target, schema);
    const parts = this.#task.calls.run("transforms", produced, () =>
      transformBatch(this.#plan, messages, this.#targets, reader),
    );
    for (const { streams, failed } of parts) failures.add(streams[0]!.spec, failed);
    const first = this.#targets[0];
    if (first !== undefined) this.#tap(messages, first, reader(first));
    return parts;
  }

  /** Each stream's part of the batch. */
  async #encode(
    parts: readonly TransformedBatch<TargetStream>[],
    failures: BatchFailures,
    produced: ProducedProgress,
  ): Promise<ReadonlyMap<TargetStream, EncodedBatch>> {
    const encoded = new Map<TargetStream, EncodedBatch>();
    for (const { transformed, routes } of parts) {
      for (const { target, rows } of routes) {
        const part = await target.encode(transformed, rows, produced);
        failures.add(target.spec, part.failed);
        encoded.set(target, part);
      }
    }
    return encoded;
  }

  /** The number of messages that Iggy confirmed; undefined: the task was stopped first. */
  async #send(encoded: ReadonlyMap<TargetStream, EncodedBatch>, failures: BatchFailures): Promise<number | undefined> {
    let count = 0;
    for (const [target, part] of encoded) {
      const sent = await target.send(part);
      if (sent === undefined) return undefined;
      failures.add(target.spec, sent.failed);
      count += sent.count;
    }
    return count;
  }

  /** Whether a failed message blocks the source: it then waits for an operator, until the task is stopped. */
  async #blocked(failures: BatchFailures, site: FailureSite<MessageFailure>): Promise<boolean> {
    const blocking = failures.all.find((failure) => this.#policy.policyOf(failure) === "stop");
    if (blocking === undefined) return false;
    await this.#policy.block(blocking, site);
    return true;
  }

  #failureSite(messages: ProducedMessages, failures: BatchFailures, tally: OutcomeTally): FailureSite<MessageFailure> {
    return {
      place: "dead letters",
      subject: "the source",
      closing: this.#task.lifetime.stopping,
      fieldsOf(failure) {
        const { stream, topic } = failures.streamOf(failure);
        return { stream, topic };
      },
      deadLetterOf: (failure) => producedDeadLetter(messageAt(messages, failure.index), failures.streamOf(failure)),
      ended(outcome, failed) {
        tally.ended(
          outcome,
          failed.map(({ index }) => index),
        );
      },
    };
  }

  /** Every message has ended: the memory of its stages may serve the next batch. */
  #release(parts: readonly TransformedBatch<TargetStream>[], encoded: ReadonlyMap<TargetStream, EncodedBatch>): void {
    for (const { transformed } of parts) {
      this.#task.measured.filtered(transformed.filteredBy);
      transformed.output.release();
    }
    for (const part of encoded.values()) part.release();
  }

  #tap(messages: ProducedMessages, { spec }: TargetStream, reader: Codec | Schema): void {
    this.#task.tap.batch(
      0,
      messages.length,
      (index) => ({ stream: spec.stream, topic: spec.topic, id: messageAt(messages, index).id }),
      (index) => this.#plan.trace(messages, reader, index),
    );
  }
}
