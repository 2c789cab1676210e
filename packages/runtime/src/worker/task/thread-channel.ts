import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { CallMarks } from "../../shared/workers/call-marks.ts";
import { IdleHeap } from "../../shared/workers/idle-heap.ts";
import { type ThreadStart, toCrash, type WorkerMessage } from "../../shared/workers/worker-protocol.ts";
import { forbidSignals } from "./forbid-signals.ts";
import { startHeartbeat } from "./heartbeat.ts";

/** How a thread communicates with the control plane. */
export interface ThreadChannel<Work, Command, Event> {
  readonly work: Work;
  readonly marks: CallMarks;
  post(event: Event): void;
  onCommand(listener: (command: Command) => void): void;
}

/**
 * Takes what the thread was started with, before any code of a plugin runs: afterwards nothing leads a plugin to the
 * control plane. `parentPort` is closed, so that what is posted there is not even copied. The heartbeat begins.
 */
export function openChannel<Work, Command, Event>(): ThreadChannel<Work, Command, Event> {
  const { work, port, marks: buffer, bufferLimit } = take<Work>();
  const exit = process.exit.bind(process);
  parentPort?.close();
  forbidSignals([process.pid]);
  const post = (message: WorkerMessage<Event>): void => port.postMessage(message);
  const marks = new CallMarks(buffer);
  startHeartbeat(marks, bufferLimit, (error) => {
    post({ type: "crashed", crash: toCrash(error) });
    exit(1);
  });
  new IdleHeap().start();
  return {
    work,
    marks,
    post: (event) => post({ type: "event", event }),
    onCommand: (listener) => listen(port, listener),
  };
}

function take<Work>(): ThreadStart<Work> {
  const data = workerData as ThreadStart<Work> & Record<string, unknown>;
  const start: ThreadStart<Work> = { ...data };
  for (const name of Object.keys(data)) delete data[name];
  return start;
}

function listen<Command>(port: MessagePort, listener: (command: Command) => void): void {
  port.on("message", listener);
}
