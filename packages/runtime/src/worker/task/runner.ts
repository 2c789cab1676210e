import { FatalError } from "@iggy-connectors/sdk";
import type { TaskCommand, TaskEvent } from "../../shared/task/task-messages.ts";
import type { TaskSpec } from "../../shared/task/task-spec.ts";
import type { IggyConnector } from "../iggy/iggy-connection.ts";
import { type LoadedPlugin, loadPlugin } from "../plugin/load.ts";
import { Task } from "./task.ts";
import type { TaskCalls } from "./task-calls.ts";

/** How a task, in a thread, a process or in line, communicates with the control plane. */
export interface TaskPort {
  post(event: TaskEvent): void;
  onCommand(listener: (command: TaskCommand) => void): void;
  /** Marks the calls into the connector's code. */
  readonly calls?: TaskCalls;
  /** Aborted: end at once, without waiting for work in progress. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a task to its end: stopped, completed or failed, as the last event says. Rejects only for what a new worker may cure,
 * such as a plugin that ignores its abort signal.
 */
export async function runTask(spec: TaskSpec, port: TaskPort, connector?: IggyConnector): Promise<void> {
  const task = new Task(spec, port.post, port.calls);
  port.onCommand((command) => {
    if (command.type === "stop") task.lifetime.stop();
    else task.tap.set(command.settings);
  });
  port.signal?.addEventListener("abort", () => task.lifetime.end(), { once: true });
  if (port.signal?.aborted === true) task.lifetime.end();
  try {
    const completed = await runPipeline(task, connector);
    const failure = task.lifetime.failure;
    if (failure !== undefined) throw failure.error;
    if (!completed) task.lifetime.stop();
    task.lifetime.close();
    task.health.enter(completed ? "completed" : "stopped");
  } catch (error) {
    if (!(error instanceof FatalError)) {
      task.logger.error(`the task ended: ${error instanceof Error ? error.message : String(error)}`);
      task.crash();
      throw error;
    }
    task.logger.error(error.message, { code: error.code, place: error.place, fix: error.fix });
    task.health.enter("failed", error);
  }
  task.end();
}

/** Each kind of pipeline is loaded only where it runs: a worker costs memory for every module it imports. */
async function runPipeline(task: Task, connector: IggyConnector | undefined): Promise<boolean> {
  const { spec, logger } = task;
  if (spec.benchmark) logger.info(`Benchmark mode enabled for ${spec.type} connector ${spec.key}`);
  // Loaded while the plugin is loading, which may take long.
  const iggy = connector === undefined ? importClient() : Promise.resolve(connector);
  const pipeline = spec.type === "sink" ? importSink() : importSource();
  const plugin = await task.calls.track("the import of the plugin", () => loadPlugin(spec));
  task.redaction.addMarked(plugin.description.configSchema, spec.pluginConfig);
  task.guarantee.loaded(plugin.description);
  task.post({ type: "described", plugin: plugin.description });
  const run = await pipeline;
  return run(task, plugin, await iggy);
}

async function importClient(): Promise<IggyConnector> {
  const { iggyConnector } = await import("../iggy/iggy-connector.ts");
  return iggyConnector;
}

/** Runs a pipeline to its end; true: it completed by itself. */
type RunPipeline = (task: Task, plugin: LoadedPlugin, connector: IggyConnector) => Promise<boolean>;

async function importSink(): Promise<RunPipeline> {
  const { runSink } = await import("../sink/sink-pipeline.ts");
  return async (task, plugin, connector) => {
    if (plugin.type === "sink") await runSink(task, plugin, connector);
    return false;
  };
}

async function importSource(): Promise<RunPipeline> {
  const { runSource } = await import("../source/source-pipeline.ts");
  return async (task, plugin, connector) => plugin.type === "source" && runSource(task, plugin, connector);
}
