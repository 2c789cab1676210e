import { backoff, pause, requestEnd } from "@iggy-connectors/client";
import { prepareEncode } from "@iggy-connectors/codecs";
import type { OutgoingMessage, Partitioning } from "@iggy-connectors/protocol";
import { isFatal } from "@iggy-connectors/sdk";
import type { Codec } from "@iggy-connectors/sdk/internal";
import type { FailureStage, ProducePlan, TransformedMessages } from "@iggy-connectors/transforms";
import { describeError, isIggyFailure } from "../../shared/errors.ts";
import type { IggyConnection } from "../../shared/iggy/iggy-connection.ts";
import { ensureTopic, findTopic, isMissing, missingTopic } from "../../shared/iggy/topic-setup.ts";
import type { SourceStreamSpec } from "../../shared/task/task-spec.ts";
import type { Task } from "../task/task.ts";
import { type ChoosePartition, choosePartition, type OutgoingGroup, outgoingMessages } from "./outgoing.ts";

/** A produced message that did not get into a stream. */
export interface FailedProduce {
  readonly index: number;
  readonly stage: FailureStage;
  readonly transform?: string | undefined;
  readonly onError?: "dead_letter" | "skip" | "stop" | undefined;
  readonly error: unknown;
  readonly attempts: number;
}

/** What is to be sent of a batch to one stream. */
export interface PreparedSend {
  readonly groups: readonly OutgoingGroup[];
  readonly failed: readonly FailedProduce[];
  /** Everything of it was sent, or has failed: its memory may serve the next one. */
  release(): void;
}

export interface SendReport {
  /** Iggy confirmed the messages at these places of the group. */
  sent(group: OutgoingGroup, from: number, to: number, bytes: number): void;
  failed(failure: FailedProduce): void;
}

/** One request carries at most this many bytes. */
const MAX_REQUEST_BYTES = 8 * 1024 * 1024;
/** Milliseconds for which a partition count is trusted when messages are spread by their keys. */
const PARTITIONS_TRUSTED_FOR = 30_000;
/** Codes by which a request is refused for what is in it: halving it finds the message. */
const REFUSED_CONTENT: ReadonlySet<number> = new Set([
  4009, 4017, 4018, 4019, 4022, 4023, 4024, 4025, 4028, 4036, 4037, 4038, 4040,
]);

/** One `[[streams]]` entry of a source: plans, groups and sends, and repeats what Iggy did not confirm. */
export class TargetStream {
  readonly spec: SourceStreamSpec;
  readonly codec: Codec;
  readonly place: string;
  readonly #task: Task;
  readonly #iggy: IggyConnection;
  readonly #plan: ProducePlan;
  #choose: ChoosePartition | undefined;
  #partitionsKnownAt = Number.NEGATIVE_INFINITY;
  #lastRequestAt = Number.NEGATIVE_INFINITY;

  constructor(spec: SourceStreamSpec, codec: Codec, task: Task, iggy: IggyConnection, plan: ProducePlan) {
    this.spec = spec;
    this.codec = codec;
    this.place = `${spec.stream}/${spec.topic}`;
    this.#task = task;
    this.#iggy = iggy;
    this.#plan = plan;
  }

  /** Makes sure that the topic exists, however long it takes; false: the task was stopped first. */
  async open(): Promise<boolean> {
    const { lifetime, health } = this.#task;
    for (let attempts = 1; !lifetime.stopping.aborted; attempts++) {
      try {
        await this.#prepareTopic();
        health.resolved(this.place);
        return true;
      } catch (error) {
        await this.#failed("the topic cannot be used yet", error, attempts);
      }
    }
    return false;
  }

  /** Whether `fetchSchema` has to be waited for before messages are transformed. */
  get lacksSchema(): boolean {
    return prepareEncode(this.codec) !== undefined;
  }

  /** Fetches the schema that is written where it comes from a registry, however long it takes; false: the task was stopped first. */
  async fetchSchema(): Promise<boolean> {
    const { lifetime, health } = this.#task;
    for (let attempts = 1; !lifetime.stopping.aborted; attempts++) {
      const fetch = prepareEncode(this.codec);
      if (fetch === undefined) return true;
      try {
        await fetch(lifetime.stopping);
        health.resolved(this.place);
      } catch (error) {
        if (isFatal(error)) throw error;
        if (!lifetime.stopping.aborted) await this.#failed("the schema registry cannot be used yet", error, attempts);
      }
    }
    return false;
  }

  /** Encodes and groups the messages that go to this stream: those of the given rows, or all. */
  async prepare(transformed: TransformedMessages, rows: Uint32Array | undefined): Promise<PreparedSend> {
    if (this.spec.partitionBy !== "balanced") await this.#refreshPartitions();
    const produced = this.#plan.encode(transformed, this.codec, rows);
    const { groups, failed } = outgoingMessages(produced, this.#choose);
    return {
      groups,
      release: produced.release,
      failed: [
        ...produced.failed.map((failure) => ({ ...failure, attempts: 1 })),
        ...failed.map(({ index, error }) => ({ index, error, stage: "encode" as const, attempts: 1 })),
      ],
    };
  }

  /**
   * Sends in requests of at most `batch_length` messages, each repeated until Iggy confirmed it. False: the task was
   * stopped first, and what was not reported is not known to be in Iggy.
   */
  async send(groups: readonly OutgoingGroup[], report: SendReport): Promise<boolean> {
    const limits = { messages: this.spec.batchLength, bytes: MAX_REQUEST_BYTES };
    for (const group of groups) {
      const { messages } = group;
      let from = 0;
      while (from < messages.length) {
        const to = requestEnd(messages, from, limits);
        if (!(await this.#sendRange(group, from, to, report))) return false;
        from = to;
      }
    }
    return true;
  }

  async #sendRange(group: OutgoingGroup, from: number, to: number, report: SendReport): Promise<boolean> {
    const { lifetime, health, spec, counters, measured } = this.#task;
    const whole = from === 0 && to === group.messages.length;
    const messages = whole ? group.messages : group.messages.slice(from, to);
    const began = performance.now();
    for (let attempts = 1; ; attempts++) {
      let error: unknown;
      try {
        await this.#request(messages, group.partition);
        health.resolved(this.place);
        health.succeeded();
        report.sent(group, from, to, bytesOf(messages));
        return true;
      } catch (thrown) {
        error = thrown;
      }
      if (isIggyFailure(error) && REFUSED_CONTENT.has(error.code)) {
        return this.#split(group, from, to, error, attempts, report);
      }
      if (lifetime.stopping.aborted) return false;
      const { maxAttempts, maxElapsed } = spec.retry;
      const exhausted =
        (maxAttempts > 0 && attempts >= maxAttempts) || (maxElapsed > 0 && performance.now() - began >= maxElapsed);
      if (exhausted) {
        health.resolved(this.place);
        for (let at = from; at < to; at++) report.failed(failedSend(group, at, error, attempts));
        return true;
      }
      counters.retries += 1;
      measured.retried("iggy_send", describeError(error).code);
      await this.#failed("sending failed", error, attempts);
      if (lifetime.stopping.aborted) return false;
      if (isMissing(error) && !(await this.open())) return false;
    }
  }

  /** The request is refused for what is in it: halved until the culprit is alone. */
  async #split(
    group: OutgoingGroup,
    from: number,
    to: number,
    error: unknown,
    attempts: number,
    report: SendReport,
  ): Promise<boolean> {
    if (to - from === 1) {
      report.failed(failedSend(group, from, error, attempts));
      return true;
    }
    const half = from + ((to - from) >> 1);
    for (const [start, end] of [
      [from, half],
      [half, to],
    ] as const) {
      if (!(await this.#sendRange(group, start, end, report))) return false;
    }
    return true;
  }

  async #request(messages: readonly OutgoingMessage[], partition: number | undefined): Promise<void> {
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

  /** A topic may get more partitions. Where Iggy cannot be asked now, the known count is still the best guess. */
  async #refreshPartitions(): Promise<void> {
    if (performance.now() - this.#partitionsKnownAt < PARTITIONS_TRUSTED_FOR) return;
    try {
      await this.#prepareTopic();
    } catch (error) {
      this.#task.logger.debug(`the topic's partitions are not known anew: ${describeError(error).message}`);
    }
  }

  async #failed(what: string, error: unknown, attempts: number): Promise<void> {
    const { spec, counters, logger, health, lifetime } = this.#task;
    const delay = backoff(spec.retry, attempts);
    counters.errors += 1;
    logger.warn(`${what}: ${describeError(error).message}`, { place: this.place, attempts });
    health.failing(this.place, "retrying", error, attempts, delay);
    await pause(delay, lifetime.stopping);
  }
}

function failedSend(group: OutgoingGroup, at: number, error: unknown, attempts: number): FailedProduce {
  return { index: group.indexes[at]!, stage: "send", error, attempts };
}

/** Bytes of messages on the wire, but for their fixed-size frames. */
function bytesOf(messages: readonly OutgoingMessage[]): number {
  let bytes = 0;
  for (const { payload, headersBytes } of messages) bytes += payload.length + (headersBytes?.length ?? 0);
  return bytes;
}
