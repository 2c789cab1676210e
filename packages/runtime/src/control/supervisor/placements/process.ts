import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { fromCrash, type ProcessEvent, type ProcessMessage } from "../../../shared/workers/process-protocol.ts";
import { workerEnvironment } from "../../worker-environment.ts";
import { OutputLines } from "./output-lines.ts";
import {
  heapMebibytes,
  type PlacedWorker,
  type Placement,
  type WorkerListener,
  type WorkerResources,
} from "./placement.ts";

/** Flags of this process that its children must not inherit. */
const OWN_FLAGS = /^--(inspect|cpu-prof|heap-prof|max-old-space-size)/;
/** What V8 prints before it aborts. */
const OUT_OF_MEMORY = "JavaScript heap out of memory";

/**
 * Runs each task in its own process, with the module at `processUrl`: it contains what a thread cannot, such as crashes of
 * native code.
 */
export function processPlacement(processUrl: URL): Placement {
  return ({ spec, ...resources }, listener) => startProcess(processUrl, spec, resources, listener);
}

/** Runs the module at `url`, which does `work`, in a process. */
export function startProcess<Work, Command, Event>(
  url: URL,
  work: Work,
  { memoryLimit, environment }: WorkerResources,
  listener: WorkerListener<Event>,
): PlacedWorker<Command> {
  const child = fork(fileURLToPath(url), [], {
    execArgv: [
      ...process.execArgv.filter((flag) => !OWN_FLAGS.test(flag)),
      `--max-old-space-size=${heapMebibytes(memoryLimit)}`,
    ],
    env: workerEnvironment(environment),
    serialization: "advanced",
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let failure: unknown;
  new OutputLines("info", (lines) => listener.logs(lines)).read(child.stdout!);
  new OutputLines("warn", (lines) => {
    if (lines.some(({ message }) => message.includes(OUT_OF_MEMORY))) failure = outOfMemory();
    listener.logs(lines);
  }).read(child.stderr!);
  child.on("message", (event: ProcessEvent<Event>) => {
    if (event.type === "event") listener.event(event.event);
    else if (event.type === "crashed") failure = fromCrash(event.crash);
  });
  child.on("error", (error) => {
    failure ??= error;
  });
  // Not "exit": the last lines that it printed say why.
  child.once("close", (code, signal) => {
    if (signal !== null) failure ??= new Error(`the process ended by ${signal}`);
    listener.exited({ error: failure, code: code ?? 1 });
  });
  const send = (message: ProcessMessage<Work, Command>): void => {
    // A process that has ended is reported by its end.
    if (child.connected) child.send(message as object, () => {});
  };
  send({ type: "work", work });
  return {
    send: (command) => send({ type: "command", command }),
    terminate: () => void child.kill("SIGKILL"),
  };
}

function outOfMemory(): Error {
  return Object.assign(new Error(OUT_OF_MEMORY), { code: "ERR_WORKER_OUT_OF_MEMORY" });
}
