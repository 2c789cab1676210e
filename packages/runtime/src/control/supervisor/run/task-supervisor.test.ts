import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { eventually, type TemporaryFolder, temporaryFolder } from "@iggy-connectors/testing";
import { validDefinition } from "../../../../test/valid-definition.ts";
import type { TaskState } from "../../../shared/task/states.ts";
import type { PluginDescription, TaskLogLine } from "../../../shared/task/task-messages.ts";
import { sinkFileSchema } from "../../config/connector-files/schema.ts";
import { toTaskSpecs } from "../../config/connector-files/task-specs.ts";
import { runtimeFileSchema } from "../../config/runtime-file/schema.ts";
import { threadPlacement } from "../placements/thread.ts";
import { TaskSupervisor, type TaskSupervisorOptions } from "./task-supervisor.ts";

const WORKER = new URL("../../../../test/supervisor/scripted-worker.ts", import.meta.url);

interface Supervised extends AsyncDisposable {
  readonly task: TaskSupervisor;
  readonly lines: TaskLogLine[];
  readonly plugins: PluginDescription[];
  /** The states it went through. */
  readonly states: TaskState[];
}

/** A task whose workers follow a script, with waits short enough for a test. */
async function supervise(
  lives: readonly string[],
  options: Partial<TaskSupervisorOptions> = {},
  file: { readonly stop_timeout?: string } = {},
): Promise<Supervised> {
  const folder: TemporaryFolder = await temporaryFolder();
  const config = sinkFileSchema.parse({
    type: "sink",
    key: "k",
    enabled: true,
    version: 0,
    name: "K",
    path: "scripted",
    streams: [{ stream: "s", topics: ["t"], schema: "json" }],
    plugin_config: { lives, journal: join(folder.path, "journal") },
    ...file,
  });
  const [spec] = toTaskSpecs(validDefinition(config), {
    runtime: runtimeFileSchema.parse({}),
    plugin: { path: "scripted", url: "file:///x.ts" },
    workingDirectory: folder.path,
    logLevel: "info",
  });
  const lines: TaskLogLine[] = [];
  const plugins: PluginDescription[] = [];
  const states: TaskState[] = [];
  const task = new TaskSupervisor({
    spec: spec!,
    place: threadPlacement(WORKER),
    isolation: "thread",
    memoryLimit: 64 * 1024 ** 2,
    environment: { ...process.env, MARK: "from the test" },
    restart: { initialBackoff: 1, maxBackoff: 60_000 },
    onStatus: () => {
      const { state } = task.status();
      if (states.at(-1) !== state) states.push(state);
    },
    onLogs: (more) => lines.push(...more),
    onDescribed: (plugin) => plugins.push(plugin),
    tapSettings: () => undefined,
    onTapped: () => {},
    onPlaced: () => {},
    ...options,
  });
  task.start();
  return {
    task,
    lines,
    plugins,
    states,
    async [Symbol.asyncDispose]() {
      await task.stop(0);
      await folder[Symbol.asyncDispose]();
    },
  };
}

const inState = (task: TaskSupervisor, state: TaskState) =>
  eventually(() => task.status().state === state, { what: `state ${state}` });

test("a worker runs, is asked to stop, and ends", async () => {
  await using supervised = await supervise(["run"]);
  const { task, states } = supervised;
  await inState(task, "running");
  await task.stop();
  assert.deepEqual(states, ["starting", "running", "stopping", "stopped"]);
  assert.equal(task.status().counters.consumed, 10);
});

test("a crash is the task's error; a new worker is started and the counters add up", async () => {
  await using supervised = await supervise(["crash", "crash", "run"]);
  const { task, lines, states } = supervised;
  await eventually(() => task.restarts.get("crash") === 2 && task.status().state === "running");
  assert.deepEqual(states, [
    "starting",
    "running",
    "retrying",
    "starting",
    "running",
    "retrying",
    "starting",
    "running",
  ]);
  assert.equal(task.status().counters.consumed, 30);
  assert.equal(task.status().lastError, undefined);
  const warnings = lines.filter(({ level }) => level === "warn");
  assert.equal(warnings.length, 2);
  assert.match(warnings[0]?.message ?? "", /the plugin broke its promise/);
});

test("while a restart is pending the status has the reason, the number of attempts and the time", async () => {
  const restart = { initialBackoff: 60_000, maxBackoff: 60_000 };
  await using supervised = await supervise(["exit"], { restart });
  const { task } = supervised;
  await inState(task, "retrying");
  const { lastError, retry, messagesInFlight } = task.status();
  assert.equal(lastError?.code, "IGC_PLUGIN_EXITED");
  assert.match(lastError?.message ?? "", /exit code 7/);
  assert.equal(retry?.attempts, 1);
  assert.equal((retry?.nextAttemptAt ?? 0) - (retry?.since ?? 0), 60_000);
  assert.equal(messagesInFlight, 0, "a dead worker holds nothing");
  await task.stop();
  assert.equal(task.status().state, "stopped");
  assert.equal(task.status().lastError, undefined);
});

test("the wait doubles up to its limit", async () => {
  await using supervised = await supervise(["die"], { restart: { initialBackoff: 1, maxBackoff: 4 } });
  const { task, lines } = supervised;
  await eventually(() => (task.restarts.get("exit") ?? 0) >= 4);
  const delays = lines.flatMap(({ message }) => /in (\d+) ms/.exec(message)?.[1] ?? []).map(Number);
  assert.deepEqual(delays.slice(0, 4), [1, 2, 4, 4]);
});

test("a worker that exceeds its memory limit affects only its task", async () => {
  const restart = { initialBackoff: 60_000, maxBackoff: 60_000 };
  await using supervised = await supervise(["memory"], { restart });
  await inState(supervised.task, "retrying");
  assert.equal(supervised.task.status().lastError?.code, "IGC_PLUGIN_OUT_OF_MEMORY");
  assert.match(supervised.task.status().lastError?.message ?? "", /memory_limit of 64 MiB/);
});

test("a worker that ran for as long as the longest wait has recovered", async () => {
  await using supervised = await supervise(["die", "die", "exit"], { restart: { initialBackoff: 1, maxBackoff: 5 } });
  const { task, lines } = supervised;
  await eventually(() => (task.restarts.get("exit") ?? 0) >= 3);
  const delays = lines.flatMap(({ message }) => /in (\d+) ms/.exec(message)?.[1] ?? []).map(Number);
  assert.deepEqual(delays.slice(0, 3), [1, 2, 1]);
});

test("after a fatal error or completion no new worker is started", async () => {
  await using failed = await supervise(["fatal"]);
  await inState(failed.task, "failed");
  assert.equal(failed.task.status().lastError?.code, "IGC_SINK_AUTH");
  await using completed = await supervise(["complete"]);
  await inState(completed.task, "completed");
  await completed.task.stop();
  assert.equal(completed.task.status().state, "completed");
  assert.equal(failed.task.restarts.size + completed.task.restarts.size, 0);
});

test("a worker that does not answer is terminated at the deadline", async () => {
  for (const script of ["block", "run-deaf"]) {
    await using supervised = await supervise([script]);
    const { task, lines } = supervised;
    await inState(task, "running");
    await task.stop(30);
    assert.equal(task.status().state, "stopped");
    assert.match(lines.at(-1)?.message ?? "", /did not stop in time/);
  }
});

test("what a plugin prints becomes log lines", async () => {
  await using supervised = await supervise(["print"]);
  const { task, lines } = supervised;
  await inState(task, "running");
  await eventually(() => lines.length >= 3);
  assert.deepEqual(lines.map(({ level, message }) => `${level} ${message}`).sort(), [
    "info in two lines",
    "info printed",
    "warn complained",
  ]);
});

test("the description and the log lines of a worker are passed on; it sees the given environment", async () => {
  await using supervised = await supervise(["describe"]);
  await inState(supervised.task, "running");
  assert.equal(supervised.plugins[0]?.version, "1.2.3");
  assert.deepEqual(supervised.lines[0]?.fields, { environment: "from the test" });
});

test("a worker that cannot be created is retried", async () => {
  const restart = { initialBackoff: 60_000, maxBackoff: 60_000 };
  await using supervised = await supervise(["run"], {
    restart,
    place: threadPlacement(new URL("file:///nowhere/worker.ts")),
  });
  await inState(supervised.task, "retrying");
  assert.match(supervised.task.status().lastError?.message ?? "", /nowhere/);
});
