import { MessageChannel, receiveMessageOnPort, type Transferable, Worker } from "node:worker_threads";
import type { TaskCommand } from "../../../shared/task/task-messages.ts";
import { createMarks } from "../../../shared/workers/call-marks.ts";
import { fromCrash, type ThreadStart } from "../../../shared/workers/worker-protocol.ts";
import { workerEnvironment } from "../../worker-environment.ts";
import { watchHeartbeat } from "./hang-watch.ts";
import { type CheckEvent, checkTaskEvent, MalformedMessageError, readWorkerMessage } from "./incoming.ts";
import { OutputLines } from "./output-lines.ts";
import {
  bufferLimitOf,
  heapMebibytes,
  type PlacedWorker,
  type Placement,
  type WorkerListener,
  type WorkerResources,
} from "./placement.ts";
import { YOUNG_GENERATION } from "./young-generation.ts";

/** Runs each task in its own worker thread, with the module at `workerUrl`. */
export function threadPlacement(workerUrl: URL): Placement {
  return ({ spec, ...resources }, listener) => {
    const name = `${spec.type} ${spec.key}${spec.tasks > 1 ? ` ${spec.task}` : ""}`;
    const { hangTimeout } = spec;
    const work = { name, work: spec, bufferLimit: bufferLimitOf(resources, spec), hangTimeout };
    return startThread<TaskCommand, Parameters<typeof listener.event>[0]>(
      workerUrl,
      work,
      resources,
      listener,
      checkTaskEvent,
    );
  };
}

export interface ThreadWork {
  readonly name: string;
  /** Structured-cloneable. */
  readonly work: unknown;
  /** Bytes; 0 = not watched. */
  readonly bufferLimit?: number;
  /** Milliseconds; 0 = never. */
  readonly hangTimeout?: number;
}

/** Runs the module at `url` in a thread. */
export function startThread<Command, Event>(
  url: URL,
  { name, work, bufferLimit = 0, hangTimeout = 0 }: ThreadWork,
  { memoryLimit, environment }: WorkerResources,
  listener: WorkerListener<Event>,
  check: CheckEvent<Event>,
): PlacedWorker<Command> {
  const { port1: own, port2: port } = new MessageChannel();
  const marks = createMarks();
  const start: ThreadStart<unknown> = { work, port, marks, bufferLimit };
  const worker = new Worker(url, {
    workerData: start,
    transferList: [port as unknown as Transferable],
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
  const fail = (error: unknown): void => {
    failure ??= { error };
  };
  const receive = (received: unknown): void => {
    if (failure?.error instanceof MalformedMessageError) return;
    try {
      const message = readWorkerMessage(received);
      if (message.type === "event") listener.event(check(message.event));
      else if (message.type === "crashed") fail(fromCrash(message.crash));
    } catch (error) {
      failure = { error: error instanceof MalformedMessageError ? error : new MalformedMessageError(error) };
      void worker.terminate();
    }
  };
  own.on("message", receive);
  worker.on("error", fail);
  const unwatch = watchHeartbeat({
    marks,
    timeout: hangTimeout,
    onHang: (hang) => {
      failure = { error: hang };
      listener.hung(hang);
      void worker.terminate();
    },
  });
  worker.once("exit", (code) => {
    unwatch();
    // What the worker sent last may not have been read yet.
    for (let last = receiveMessageOnPort(own); last !== undefined; last = receiveMessageOnPort(own)) {
      receive(last.message);
    }
    own.close();
    listener.exited({ error: failure?.error, code });
  });
  return {
    send: (command) => own.postMessage(command),
    terminate: () => void worker.terminate(),
  };
}
