import { fork } from "node:child_process";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { TaskCommand, TaskEvent } from "../../../shared/task/task-messages.ts";
import { MARKS_BYTES } from "../../../shared/workers/call-marks.ts";
import { fromCrash, MARKS_DESCRIPTOR, type ProcessMessage } from "../../../shared/workers/worker-protocol.ts";
import { workerEnvironment } from "../../worker-environment.ts";
import { suspectsOf } from "./hang-watch.ts";
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
import { WorkerHang } from "./worker-hang.ts";

/** Flags of this process that its children must not inherit. */
const OWN_FLAGS = /^--(inspect|cpu-prof|heap-prof|max-old-space-size)/;
/** What V8 prints before it aborts. */
const OUT_OF_MEMORY = "JavaScript heap out of memory";

/**
 * Runs each task in its own process, with the module at `processUrl`: it contains what a thread cannot, such as crashes of
 * native code.
 */
export function processPlacement(processUrl: URL): Placement {
  return ({ spec, ...resources }, listener) => {
    const { hangTimeout } = spec;
    const work = { work: spec, bufferLimit: bufferLimitOf(resources, spec), hangTimeout };
    return startProcess<unknown, TaskCommand, TaskEvent>(processUrl, work, resources, listener, checkTaskEvent);
  };
}

export interface ProcessWork<Work> {
  readonly work: Work;
  /** Bytes; 0 = not watched. */
  readonly bufferLimit?: number;
  /** Milliseconds; 0 = never. */
  readonly hangTimeout?: number;
}

/** Runs the module at `url`, which does `work`, in a process. */
export function startProcess<Work, Command, Event>(
  url: URL,
  { work, bufferLimit = 0, hangTimeout = 0 }: ProcessWork<Work>,
  { memoryLimit, environment }: WorkerResources,
  listener: WorkerListener<Event>,
  check: CheckEvent<Event>,
): PlacedWorker<Command> {
  const child = fork(fileURLToPath(url), [], {
    execArgv: [
      ...process.execArgv.filter((flag) => !OWN_FLAGS.test(flag)),
      `--max-old-space-size=${heapMebibytes(memoryLimit)}`,
    ],
    env: workerEnvironment(environment),
    serialization: "advanced",
    stdio: ["ignore", "pipe", "pipe", "ipc", "pipe"],
  });
  let failure: unknown;
  new OutputLines("info", (lines) => listener.logs(lines)).read(child.stdout!);
  new OutputLines("warn", (lines) => {
    if (lines.some(({ message }) => message.includes(OUT_OF_MEMORY))) failure = outOfMemory();
    listener.logs(lines);
  }).read(child.stderr!);
  readMarksLeft(child.stdio[MARKS_DESCRIPTOR] as Readable, (marks) => {
    const hang = new WorkerHang(hangTimeout, suspectsOf(marks));
    failure = hang;
    listener.hung(hang);
  });
  child.on("message", (received: unknown) => {
    if (failure instanceof MalformedMessageError) return;
    try {
      const message = readWorkerMessage(received);
      if (message.type === "event") listener.event(check(message.event));
      else if (message.type === "crashed") failure = fromCrash(message.crash);
    } catch (error) {
      failure = error instanceof MalformedMessageError ? error : new MalformedMessageError(error);
      child.kill("SIGKILL");
    }
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
  send({ type: "work", work, bufferLimit, hangTimeout });
  return {
    send: (command) => send({ type: "command", command }),
    terminate: () => void child.kill("SIGKILL"),
  };
}

/** A process that hangs leaves its marks before it ends itself. Anything else that is written there is ignored. */
function readMarksLeft(stream: Readable, onMarks: (marks: ArrayBuffer) => void): void {
  const marks = new Uint8Array(MARKS_BYTES);
  let read = 0;
  stream.on("data", (chunk: Buffer) => {
    const whole = read < MARKS_BYTES;
    marks.set(chunk.subarray(0, MARKS_BYTES - read), read);
    read = Math.min(MARKS_BYTES, read + chunk.length);
    if (whole && read === MARKS_BYTES) onMarks(marks.buffer);
  });
  stream.on("error", () => {
    // The process has ended.
  });
}

function outOfMemory(): Error {
  return Object.assign(new Error(OUT_OF_MEMORY), { code: "ERR_WORKER_OUT_OF_MEMORY" });
}
