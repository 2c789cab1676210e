import { pause } from "@iggy-connectors/client";
import { compilePattern, type NamePattern, topicNames } from "../../../shared/iggy/topic-pattern.ts";
import type { SinkStreamSpec } from "../../../shared/task/task-spec.ts";
import type { PartitionStatus } from "../../../shared/task/task-status.ts";
import type { IggyConnection } from "../../iggy/iggy-connection.ts";
import { CANCELLED, retry } from "../../task/retry.ts";
import type { Task } from "../../task/task.ts";
import { resultBefore } from "./result-before.ts";
import type { TopicConsumer } from "./topic-consumer.ts";

export interface StreamTopicsDependencies {
  readonly task: Task;
  readonly iggy: IggyConnection;
  /** A consumer of one topic, which ends when the signal is aborted and calls `onJoined` when it first joined its group. */
  createConsumer(topic: string, stopping: AbortSignal, onJoined: () => void): TopicConsumer;
}

interface RunningConsumer {
  readonly consumer: TopicConsumer;
  readonly gone: AbortController;
  readonly run: Promise<void>;
}

/** The topics of one `[[streams]]` entry: those it lists, and those of the stream whose names match its pattern. */
export class StreamTopics {
  readonly #stream: SinkStreamSpec;
  readonly #dependencies: StreamTopicsDependencies;
  readonly #place: string;
  readonly #consumers = new Map<string, RunningConsumer>();
  readonly #joined: Promise<void>[] = [];

  constructor(stream: SinkStreamSpec, dependencies: StreamTopicsDependencies) {
    this.#stream = stream;
    this.#dependencies = dependencies;
    this.#place = `${stream.stream}/${stream.topicsPattern}`;
  }

  status(): PartitionStatus[] {
    return [...this.#consumers.values()].flatMap(({ consumer }) => consumer.status());
  }

  /** Consumes until the task stops. `onJoined`: the groups of all topics that were known at first have been joined. */
  async run(onJoined: () => void): Promise<void> {
    const { topicsPattern } = this.#stream;
    const pattern = topicsPattern === undefined ? undefined : await compilePattern(topicsPattern);
    for (const topic of this.#stream.topics) this.#begin(topic);
    if (pattern !== undefined) await this.#refresh(pattern);
    Promise.all(this.#joined).then(onJoined);
    if (pattern !== undefined) await this.#watch(pattern);
    await Promise.all([...this.#consumers.values()].map(({ run }) => run));
  }

  #begin(topic: string): void {
    if (this.#consumers.has(topic)) return;
    const gone = new AbortController();
    const stopping = AbortSignal.any([this.#dependencies.task.lifetime.stopping, gone.signal]);
    const { promise, resolve } = Promise.withResolvers<void>();
    const consumer = this.#dependencies.createConsumer(topic, stopping, resolve);
    this.#joined.push(promise);
    const run = consumer.run().catch((error: unknown) => this.#dependencies.task.lifetime.fail(error));
    this.#consumers.set(topic, { consumer, gone, run });
  }

  async #watch(pattern: NamePattern): Promise<void> {
    const { stopping } = this.#dependencies.task.lifetime;
    while (!stopping.aborted) {
      await pause(this.#stream.topicsRefresh, stopping);
      if (!stopping.aborted) await this.#refresh(pattern);
    }
  }

  /** Takes up topics that are new and releases those that are gone, however long the server takes to answer. */
  async #refresh(pattern: NamePattern): Promise<void> {
    const { task, iggy } = this.#dependencies;
    const { stopping } = task.lifetime;
    const { stream } = this.#stream;
    const names = await retry(
      task,
      { place: this.#place, failure: "the topics of the stream cannot be read", signal: stopping, fields: { stream } },
      () => resultBefore(topicNames(iggy, stream), stopping),
    );
    if (names !== CANCELLED) this.#follow(new Set(names.filter(pattern)));
  }

  #follow(names: ReadonlySet<string>): void {
    const { logger } = this.#dependencies.task;
    const { stream, topics } = this.#stream;
    for (const topic of names) {
      if (this.#consumers.has(topic)) continue;
      logger.info("a topic matches the pattern", { stream, topic });
      this.#begin(topic);
    }
    for (const [topic, { gone, run }] of this.#consumers) {
      if (names.has(topic) || topics.includes(topic) || gone.signal.aborted) continue;
      logger.info("a topic that matched the pattern is gone", { stream, topic });
      gone.abort();
      // A topic that is created again under the same name is taken up when this consumer has ended.
      void run.finally(() => this.#consumers.delete(topic));
    }
  }
}
