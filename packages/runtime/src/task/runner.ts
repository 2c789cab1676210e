import { FatalError } from "@iggy-connectors/sdk";
import type { IggyConnection, IggyConnector } from "../delivery/iggy.ts";
import { loadPlugin } from "../plugins/load.ts";
import type { TaskCommand, TaskEvent, TaskSpec } from "./protocol.ts";
import { Task } from "./task.ts";

/** Where a task is placed: a thread, a process, or in line. */
export interface TaskHost {
  post(event: TaskEvent): void;
  onCommand(listener: (command: TaskCommand) => void): void;
  /** Aborted: end at once, nothing in hand is waited for. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a task to its end: stopped, completed or failed, which the last event says. Rejects only for what a new worker
 * may cure, such as a plugin that ignores its abort signal.
 */
export async function runTask<Connection extends IggyConnection>(
  spec: TaskSpec,
  host: TaskHost,
  connector?: IggyConnector<Connection>,
): Promise<void> {
  const task = new Task(spec, host.post);
  host.onCommand((command) => {
    if (command.type === "stop") task.lifetime.stop();
  });
  host.signal?.addEventListener("abort", () => task.lifetime.end(), { once: true });
  if (host.signal?.aborted === true) task.lifetime.end();
  try {
    const completed = await runPipeline(task, connector);
    const failure = task.lifetime.failure;
    if (failure !== undefined) throw failure.error;
    if (completed) task.health.enter("completed");
    else {
      task.lifetime.stop();
      task.health.enter("stopped");
    }
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
async function runPipeline<Connection extends IggyConnection>(
  task: Task,
  connector: IggyConnector<Connection> | undefined,
): Promise<boolean> {
  const plugin = await loadPlugin(task.spec);
  task.post({ type: "described", plugin: plugin.description });
  if (plugin.type === "sink") {
    const { runSink } = await import("../delivery/sink/sink-pipeline.ts");
    await (connector === undefined ? runSink(task, plugin, await realIggy()) : runSink(task, plugin, connector));
    return false;
  }
  const { runSource } = await import("../delivery/source/source-pipeline.ts");
  return connector === undefined ? runSource(task, plugin, await realIggy()) : runSource(task, plugin, connector);
}

async function realIggy() {
  const { iggyConnector } = await import("../delivery/iggy-client.ts");
  return iggyConnector;
}
