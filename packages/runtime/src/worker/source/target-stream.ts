import { pause, requestEnd } from "@iggy-connectors/client";
import type { Codec } from "@iggy-connectors/codecs";
import { prepareEncode } from "@iggy-connectors/codecs";
import type { OutgoingRanges, Partitioning } from "@iggy-connectors/protocol";
import type { MessageFailure, ProducePlan, TransformedMessages } from "@iggy-connectors/transforms";
import { describeError, isIggyFailure } from "../../shared/errors.ts";
import { findTopic, isMissing } from "../../shared/iggy/find-topic.ts";
import type { SourceStreamSpec } from "../../shared/task/task-spec.ts";
import type { ProducedProgress } from "../../shared/workers/call-marks.ts";
import { ensureTopic, missingTopic } from "../iggy/ensure-topic.ts";
import type { IggyConnection } from "../iggy/iggy-connection.ts";
import { backOff, CANCELLED, isExhausted, retry } from "../task/retry.ts";
import type { Task } from "../task/task.ts";
import { type ChoosePartition, choosePartition } from "./choose-partition.ts";
import { type EncodedBatch, type EncodedGroup, encodeForStream } from "./encoded-batch.ts";

/** Fourth stage of a batch: what became of it in one stream. */
export interface SentBatch {
  /** Number of messages that Iggy confirmed. */
  count: number;
  readonly failed: MessageFailure[];
}

/** One request carries at most this many bytes. */
const MAX_REQUEST_BYTES = 8 * 1024 * 1024;
const SEND = "iggy_send";
/** Milliseconds for which a partition count is trusted when messages are spread by their keys. */
const PARTITIONS_TRUSTED_FOR = 30_000;
/** Codes with which Iggy refuses a request because of its content: halving it finds the message. */
const REFUSED_CONTENT: ReadonlySet<number> = new Set([
  4009, 4017, 4018, 4019, 4022, 4023, 4024, 4025, 4028, 4036, 4037, 4038, 4040,
]);

/** One `[[streams]]` entry of a source: encodes for it, and sends until Iggy confirmed it. */
export class TargetStream {
  readonly spec: SourceStreamSpec;
  readonly codec: Codec;
  /** Names it in the task's state. */
  readonly #place: string;
  readonly #task: Task;
  readonly #iggy: IggyConnection;
  readonly #plan: ProducePlan;
  #choose: ChoosePartition | undefined;
  #partitionsKnownAt = Number.NEGATIVE_INFINITY;
  #lastRequestAt = Number.NEGATIVE_INFINITY;

  constructor(spec: SourceStreamSpec, codec: Codec, task: Task, iggy: IggyConnection, plan: ProducePlan) {
    this.spec = spec;
    this.codec = codec;
    this.#place = `${spec.stream}/${spec.topic}`;
    this.#task = task;
    this.#iggy = iggy;
    this.#plan = plan;
  }

  /** Makes sure that the topic exists, however long it takes; false: the task was stopped first. */
  async open(): Promise<boolean> {
    const opened = await retry(
      this.#task,
      { place: this.#place, failure: "the topic cannot be used yet", signal: this.#task.lifetime.stopping },
      () => this.#prepareTopic(),
    );
    return opened !== CANCELLED;
  }

  /** Whether `fetchSchema` has to be awaited before messages are transformed. */
  get lacksSchema(): boolean {
    return prepareEncode(this.codec) !== undefined;
  }

  /** Fetches the schema to write with from its registry, however long it takes; false: the task was stopped first. */
  async fetchSchema(): Promise<boolean> {
    const { stopping } = this.#task.lifetime;
    const fetched = await retry(
      this.#task,
      { place: this.#place, failure: "the schema registry cannot be used yet", signal: stopping },
      async () => {
        for (let fetch = prepareEncode(this.codec); fetch !== undefined; fetch = prepareEncode(this.codec)) {
          stopping.throwIfAborted();
          await fetch(stopping);
        }
      },
    );
    return fetched !== CANCELLED;
  }

  /** Encodes and groups the messages that go to this stream: those of the given rows, or all. */
  async encode(
    transformed: TransformedMessages,
    rows: Uint32Array | undefined,
    produced: ProducedProgress,
  ): Promise<EncodedBatch> {
    if (this.spec.partitionBy !== "balanced") await this.#refreshPartitions();
    return this.#task.calls.run("encode", produced, () =>
      encodeForStream(this.#plan, transformed, this.codec, rows, this.#choose),
    );
  }

  /**
   * Sends in requests of at most `batch_length` messages, each repeated until Iggy confirmed it. Undefined: the task was
   * stopped first, and what was not confirmed may or may not be in Iggy.
   */
  async send({ groups }: EncodedBatch): Promise<SentBatch | undefined> {
    const limits = { messages: this.spec.batchLength, bytes: MAX_REQUEST_BYTES };
    const sent: SentBatch = { count: 0, failed: [] };
    for (const group of groups) {
      const { messages } = group;
      for (let from = 0, to = 0; from < messages.length; from = to) {
        to = requestEnd(messages, from, limits);
        if (!(await this.#sendRange(group, from, to, sent))) return undefined;
      }
    }
    return sent;
  }

  /** Adds to `sent` what became of a part of a group; false: the task was stopped first. */
  async #sendRange(group: EncodedGroup, from: number, to: number, sent: SentBatch): Promise<boolean> {
    const { lifetime, health, spec, counters } = this.#task;
    const messages = group.messages.slice(from, to);
    const began = performance.now();
    for (let attempts = 1; ; attempts++) {
      let error: unknown;
      try {
        await this.#request(messages, group.partition);
        health.resolved(this.#place);
        health.succeeded();
        sent.count += messages.length;
        counters.sent += messages.length;
        counters.bytesOut += messages.bytes;
        return true;
      } catch (thrown) {
        error = thrown;
      }
      if (isIggyFailure(error) && REFUSED_CONTENT.has(error.code)) {
        return this.#split(group, from, to, error, attempts, sent);
      }
      if (lifetime.stopping.aborted) return false;
      if (isExhausted(spec.retry, attempts, performance.now() - began)) {
        health.resolved(this.#place);
        for (let at = from; at < to; at++) sent.failed.push(failedSend(group, at, error, attempts));
        return true;
      }
      const report = { place: this.#place, failure: "sending failed", signal: lifetime.stopping, stage: SEND } as const;
      await backOff(this.#task, report, error, attempts);
      if (lifetime.stopping.aborted) return false;
      if (isMissing(error) && !(await this.open())) return false;
    }
  }

  /** The request was refused because of its content: it is halved until the message at fault is alone. */
  async #split(
    group: EncodedGroup,
    from: number,
    to: number,
    error: unknown,
    attempts: number,
    sent: SentBatch,
  ): Promise<boolean> {
    if (to - from === 1) {
      sent.failed.push(failedSend(group, from, error, attempts));
      return true;
    }
    const half = from + ((to - from) >> 1);
    for (const [start, end] of [
      [from, half],
      [half, to],
    ] as const) {
      if (!(await this.#sendRange(group, start, end, sent))) return false;
    }
    return true;
  }

  async #request(messages: OutgoingRanges, partition: number | undefined): Promise<void> {
    const { stream, topic, lingerTime } = this.spec;
    const wait = this.#lastRequestAt + lingerTime - performance.now();
    if (wait > 0) await pause(wait, this.#task.lifetime.ended);
    this.#lastRequestAt = performance.now();
    const partitioning: Partitioning =
      partition === undefined ? { kind: "balanced" } : { kind: "partition", partition };
    await this.#iggy.sendMessages({ stream, topic, partitioning, messages });
    const { failPoints } = this.#task;
    if (failPoints !== undefined) await failPoints("source.after_send");
  }

  async #prepareTopic(): Promise<void> {
    const { stream, topic, create, partitions, partitionBy } = this.spec;
    const details = create
      ? await ensureTopic(this.#iggy, { stream, name: topic, partitionsCount: partitions })
      : await findTopic(this.#iggy, stream, topic);
    if (details === undefined) throw missingTopic(stream, topic);
    this.#choose = choosePartition(partitionBy, details.partitionsCount);
    this.#partitionsKnownAt = performance.now();
  }

  /** A topic may get more partitions. While Iggy cannot be asked, the known count is still the best guess. */
  async #refreshPartitions(): Promise<void> {
    if (performance.now() - this.#partitionsKnownAt < PARTITIONS_TRUSTED_FOR) return;
    try {
      await this.#prepareTopic();
    } catch (error) {
      this.#task.logger.debug(`the topic's partitions could not be refreshed: ${describeError(error).message}`);
    }
  }
}

function failedSend(group: EncodedGroup, at: number, error: unknown, attempts: number): MessageFailure {
  return { index: group.indexes[at]!, stage: "send", error, attempts };
}
