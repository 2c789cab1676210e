import { backoff, endsBefore, pause } from "@iggy-connectors/client";
import { isFatal } from "@iggy-connectors/sdk";
import { describeError } from "../../shared/errors.ts";
import { compilePattern, type NamePattern, topicNames } from "../../shared/iggy/topic-pattern.ts";
import type { SinkStreamSpec } from "../../shared/task/task-spec.ts";
import type { PartitionStatus } from "../../shared/task/task-status.ts";
import type { IggyConnection } from "../iggy/iggy-connection.ts";
import type { Task } from "../task/task.ts";
import type { TopicConsumer } from "./topic-consumer.ts";

export interface StreamTopicsParts {
  readonly task: Task;
  readonly iggy: IggyConnection;
  /** A consumer of one topic, which ends when the signal is aborted; it tells when it joined its group first. */
  consumer(topic: string, stopping: AbortSignal, onJoined: () => void): TopicConsumer;
}

interface Consumed {
  readonly consumer: TopicConsumer;
  readonly gone: AbortController;
  readonly run: Promise<void>;
}

/** The topics of one `[[streams]]` entry: those it lists, and those of the stream whose names match its pattern. */
export class StreamTopics {
  readonly #stream: SinkStreamSpec;
  readonly #parts: StreamTopicsParts;
  readonly #place: string;
  readonly #consumed = new Map<string, Consumed>();
  readonly #joined: Promise<void>[] = [];

  constructor(stream: SinkStreamSpec, parts: StreamTopicsParts) {
    this.#stream = stream;
    this.#parts = parts;
    this.#place = `${stream.stream}/${stream.topicsPattern}`;
  }

  status(): PartitionStatus[] {
    return [...this.#consumed.values()].flatMap(({ consumer }) => consumer.status());
  }

  /** Consumes until the task stops. `onJoined`: every topic that was known at first has joined its group. */
  async run(onJoined: () => void): Promise<void> {
    const { topicsPattern } = this.#stream;
    const pattern = topicsPattern === undefined ? undefined : await compilePattern(topicsPattern);
    for (const topic of this.#stream.topics) this.#begin(topic);
    if (pattern !== undefined) await this.#refresh(pattern);
    Promise.all(this.#joined).then(onJoined);
    if (pattern !== undefined) await this.#watch(pattern);
    await Promise.all([...this.#consumed.values()].map(({ run }) => run));
  }

  #begin(topic: string): void {
    if (this.#consumed.has(topic)) return;
    const gone = new AbortController();
    const stopping = AbortSignal.any([this.#parts.task.lifetime.stopping, gone.signal]);
    const { promise, resolve } = Promise.withResolvers<void>();
    const consumer = this.#parts.consumer(topic, stopping, resolve);
    this.#joined.push(promise);
    const run = consumer.run().catch((error: unknown) => this.#parts.task.lifetime.fail(error));
    this.#consumed.set(topic, { consumer, gone, run });
  }

  async #watch(pattern: NamePattern): Promise<void> {
    const { stopping } = this.#parts.task.lifetime;
    while (!stopping.aborted) {
      await pause(this.#stream.topicsRefresh, stopping);
      if (!stopping.aborted) await this.#refresh(pattern);
    }
  }

  /** Takes up topics that are new and lets go of those that are gone, however long the server takes to answer. */
  async #refresh(pattern: NamePattern): Promise<void> {
    const { task, iggy } = this.#parts;
    const { stopping } = task.lifetime;
    const { stream } = this.#stream;
    for (let attempts = 1; !stopping.aborted; attempts++) {
      try {
        const asking = topicNames(iggy, stream);
        if (!(await endsBefore(asking, stopping))) return;
        const names = (await asking).filter(pattern);
        task.health.resolved(this.#place);
        this.#follow(new Set(names));
        return;
      } catch (error) {
        if (stopping.aborted) return;
        if (isFatal(error)) throw error;
        const delay = backoff(task.spec.retry, attempts);
        task.counters.errors += 1;
        task.logger.warn(`the stream's topics are not known: ${describeError(error).message}`, { stream, attempts });
        task.health.failing(this.#place, "retrying", error, attempts, delay);
        await pause(delay, stopping);
      }
    }
  }

  #follow(names: ReadonlySet<string>): void {
    const { logger } = this.#parts.task;
    const { stream, topics } = this.#stream;
    for (const topic of names) {
      if (this.#consumed.has(topic)) continue;
      logger.info("a topic matches the pattern", { stream, topic });
      this.#begin(topic);
    }
    for (const [topic, { gone, run }] of this.#consumed) {
      if (names.has(topic) || topics.includes(topic) || gone.signal.aborted) continue;
      logger.info("a topic that matched the pattern is gone", { stream, topic });
      gone.abort();
      // One that comes again under the same name is taken up when this one has ended.
      void run.finally(() => this.#consumed.delete(topic));
    }
  }
}
