import { Worker } from "node:worker_threads";
import { workerEnvironment } from "../../worker-environment.ts";
import { OutputLines } from "./output-lines.ts";
import {
  heapMebibytes,
  type PlacedWorker,
  type Placement,
  type WorkerListener,
  type WorkerResources,
} from "./placement.ts";

/**
 * Must be set: V8 gives a worker that reaches its limit 16 MiB to end itself, and what one collection moves out of a
 * young generation without a limit may be more than that. Then the whole process ends instead of the worker.
 */
const YOUNG_GENERATION = 48;

/** Runs each task in its own worker thread, with the module at `workerUrl`. */
export function threadPlacement(workerUrl: URL): Placement {
  return ({ spec, ...resources }, listener) => {
    const name = `${spec.type} ${spec.key}${spec.tasks > 1 ? ` ${spec.task}` : ""}`;
    return startThread(workerUrl, { name, data: spec }, resources, listener);
  };
}

/** Runs the module at `url` in a thread; `data` is its `workerData`. */
export function startThread<Command, Event>(
  url: URL,
  { name, data }: { readonly name: string; readonly data: unknown },
  { memoryLimit, environment }: WorkerResources,
  listener: WorkerListener<Event>,
): PlacedWorker<Command> {
  const worker = new Worker(url, {
    workerData: data,
    env: workerEnvironment(environment),
    resourceLimits: {
      maxOldGenerationSizeMb: heapMebibytes(memoryLimit),
      maxYoungGenerationSizeMb: YOUNG_GENERATION,
    },
    name,
    stdout: true,
    stderr: true,
  });
  new OutputLines("info", (lines) => listener.logs(lines)).read(worker.stdout);
  new OutputLines("warn", (lines) => listener.logs(lines)).read(worker.stderr);
  let failure: { readonly error: unknown } | undefined;
  worker.on("message", (event: Event) => listener.event(event));
  worker.on("error", (error) => {
    failure ??= { error };
  });
  worker.once("exit", (code) => listener.exited({ error: failure?.error, code }));
  return {
    send: (command) => worker.postMessage(command),
    terminate: () => void worker.terminate(),
  };
}
