import { setTimeout as sleep } from "node:timers/promises";
import type { SinkDefinition, SourceDefinition } from "@iggy-connectors/sdk";
import type { TaskCommand, TaskEvent, TaskLogLine } from "../../src/shared/task/task-messages.ts";
import type { TaskSpec } from "../../src/shared/task/task-spec.ts";
import type { TaskStatus } from "../../src/shared/task/task-status.ts";
import type { IggyConnector } from "../../src/worker/iggy/iggy-connection.ts";
import { runTask } from "../../src/worker/task/runner.ts";
import { pluginUrl } from "./plugins.ts";

/** A task's specification with short times, for stream `s` with topic `t`. */
export function taskSpec(definition: SinkDefinition | SourceDefinition, changes: Partial<TaskSpec> = {}): TaskSpec {
  return {
    type: definition.type,
    key: "test",
    name: "Test",
    task: 0,
    tasks: 1,
    plugin: { path: "scripted", url: pluginUrl(definition) },
    pluginConfig: {},
    file: undefined,
    workingDirectory: process.cwd(),
    iggy: { address: "127.0.0.1:1", username: "iggy", password: "iggy" },
    sinkStreams: [
      {
        stream: "s",
        topics: ["t"],
        topicsPattern: undefined,
        topicsRefresh: 10,
        schema: "raw",
        batchLength: 100,
        pollInterval: 1,
        maxPollInterval: 100,
        consumerGroup: "group",
        create: false,
        partitions: 1,
        validate: true,
        codec: {},
      },
    ],
    sourceStreams: [
      {
        name: undefined,
        stream: "s",
        topic: "t",
        schema: "raw",
        batchLength: 100,
        lingerTime: 0,
        create: true,
        partitions: 1,
        partitionBy: "balanced",
        codec: {},
      },
    ],
    transforms: undefined,
    verbose: false,
    benchmark: false,
    logLevel: "debug",
    onError: "dead_letter",
    deadLetter: { stream: "dead", topic: "letters", create: true, retention: 0, maxSize: 0, maxPayload: 0 },
    retry: { initialBackoff: 1, maxBackoff: 5, backoffMultiplier: 2, jitter: 0, maxAttempts: 0, maxElapsed: 0 },
    consumeTimeout: 0,
    startTimeout: 5000,
    stopTimeout: 5000,
    hangTimeout: 0,
    bufferBytes: 32 * 1024 * 1024,
    maxInFlight: 1,
    maxInFlightPartitions: 1,
    flush: { interval: 10, bytes: 0, messages: 0 },
    initialOffset: { kind: "first" },
    checkpoint: undefined,
    ...changes,
  };
}

/** A task that runs in this thread, with all that it posted. */
export class RunningTask {
  readonly events: TaskEvent[] = [];
  readonly done: Promise<void>;
  #command: ((command: TaskCommand) => void) | undefined;
  readonly #waiting = new Set<() => void>();
  readonly #end = new AbortController();

  constructor(spec: TaskSpec, iggy?: IggyConnector) {
    this.done = runTask(
      spec,
      {
        post: (event) => {
          this.events.push(event);
          for (const check of this.#waiting) check();
        },
        onCommand: (listener) => {
          this.#command = listener;
        },
        signal: this.#end.signal,
      },
      iggy,
    );
    this.done.catch(() => {
      // The test sees the rejection when it awaits `done`.
    });
  }

  get status(): TaskStatus {
    const last = this.events.findLast((event) => event.type === "status" || event.type === "ended");
    if (last === undefined || !("status" in last)) throw new Error("no status was posted yet");
    return last.status;
  }

  get logs(): TaskLogLine[] {
    return this.events.flatMap((event) => (event.type === "logs" ? event.lines : []));
  }

  /** Resolves with the first status, past or future, for which the condition holds. */
  async reached(condition: (status: TaskStatus) => boolean): Promise<TaskStatus> {
    const find = (): TaskStatus | undefined => {
      for (const event of this.events) if ("status" in event && condition(event.status)) return event.status;
      return undefined;
    };
    const known = find();
    if (known !== undefined) return known;
    return new Promise((resolve) => {
      const check = (): void => {
        const found = find();
        if (found === undefined) return;
        this.#waiting.delete(check);
        resolve(found);
      };
      this.#waiting.add(check);
    });
  }

  /** Stops the task, and returns its last status. */
  async stop(): Promise<TaskStatus> {
    this.#command?.({ type: "stop" });
    await this.done;
    return this.status;
  }

  /** Ends the task as a killed process would: no work in progress is finished or stored. */
  async kill(): Promise<void> {
    this.#end.abort();
    await this.done;
  }
}

/** Resolves when the condition holds; otherwise the test's own time limit ends the wait. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(1);
}
