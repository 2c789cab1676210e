import { Worker } from "node:worker_threads";
import { CallMarks, createMarks } from "../../shared/workers/call-marks.ts";
import { IdleHeap } from "../../shared/workers/idle-heap.ts";
import {
  MARKS_DESCRIPTOR,
  type ProcessMessage,
  toCrash,
  type WorkerMessage,
} from "../../shared/workers/worker-protocol.ts";
import { forbidSignals } from "./forbid-signals.ts";
import { startHeartbeat } from "./heartbeat.ts";

/** How work in a process of its own communicates with the control plane. */
export interface ProcessPort<Command, Event> {
  readonly marks: CallMarks;
  post(event: Event): void;
  onCommand(listener: (command: Command) => void): void;
}

/** Milliseconds between two checks that the control plane still runs, and that this process answers. */
const CHECK_INTERVAL = 1000;
/** Milliseconds: a heartbeat that is late on a busy machine is not a hang. */
const SHORTEST_TIMEOUT = 2000;

/** Does the work that the control plane sends to this process, then ends the process. */
export function runInProcess<Work, Command, Event>(
  run: (work: Work, port: ProcessPort<Command, Event>) => Promise<void>,
): void {
  const send = takeChannel<WorkerMessage<Event>>();
  const exit = process.exit.bind(process);
  forbidSignals([process.ppid]);
  // A terminal sends its signals to every process of the runtime; the control plane decides when this one ends.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => {});
  // Without the control plane nothing supervises this work: its successor continues at the stored offsets.
  process.on("disconnect", () => exit(1));
  const buffer = createMarks();
  const marks = new CallMarks(buffer);
  const guard = startGuard(buffer);
  const crash = (error: unknown): void => send({ type: "crashed", crash: toCrash(error) }, () => exit(1));
  process.on("uncaughtException", crash);

  const listeners: ((command: Command) => void)[] = [];
  process.on("message", async (message: ProcessMessage<Work, Command>) => {
    if (message.type === "command") {
      for (const listener of listeners) listener(message.command);
      return;
    }
    guard.postMessage(message.hangTimeout === 0 ? 0 : Math.max(message.hangTimeout, SHORTEST_TIMEOUT));
    startHeartbeat(marks, message.bufferLimit, crash);
    new IdleHeap().start();
    await run(message.work, {
      marks,
      post: (event) => send({ type: "event", event }),
      onCommand: (listener) => listeners.push(listener),
    });
    // Whatever a plugin left open must not keep the process alive; messages sent before this one have been delivered with it.
    send({ type: "done" }, () => exit(0));
  });
}

/** Takes the channel to the control plane away from everyone else: a library that looks for `process.send` finds none. */
function takeChannel<Message>(): (message: Message, then?: () => void) => void {
  const send = process.send?.bind(process);
  if (send === undefined) throw new Error("this process is started by the runtime");
  Object.defineProperty(process, "send", { value: undefined, writable: true, configurable: true });
  return (message, then) => {
    send(message, undefined, undefined, () => then?.());
  };
}

/**
 * A plugin that blocks this thread keeps it from noticing that the control plane was killed, and from answering: another
 * thread checks for both. Where this thread has not answered for the time that the control plane gave, without that for which it
 * had no processor, the other one hands over the marks and ends the process.
 */
function startGuard(marks: SharedArrayBuffer): Worker {
  const guard = new Worker(GUARD, {
    eval: true,
    workerData: { marks, interval: CHECK_INTERVAL, descriptor: MARKS_DESCRIPTOR },
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2 },
  });
  guard.unref();
  return guard;
}

/** Plain JavaScript without imports: the guard costs as little memory as a thread can. */
const GUARD = `
  const { readFileSync, writeSync } = require("node:fs");
  const { parentPort, workerData: { marks, interval, descriptor } } = require("node:worker_threads");
  const parent = process.ppid;
  const beats = new Int32Array(marks, 0, 1);
  let timeout = 0;
  let last = -1;
  let silent = 0;
  let before = 0;
  const waited = () => {
    try {
      return Number(readFileSync("/proc/self/task/" + process.pid + "/schedstat", "utf8").split(" ")[1]) / 1e6 || 0;
    } catch {
      return 0;
    }
  };
  parentPort.on("message", (given) => { timeout = given; silent = 0; });
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
    const now = Atomics.load(beats, 0);
    if (now !== last || timeout === 0) {
      last = now;
      silent = 0;
      return;
    }
    if (silent === 0) before = waited();
    silent += interval;
    if (silent - Math.max(0, waited() - before) < timeout) return;
    const bytes = Buffer.from(new Uint8Array(marks));
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    process.kill(process.pid, "SIGKILL");
  }, interval);
`;
