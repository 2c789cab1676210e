import {
  MessageChannel,
  receiveMessageOnPort,
  type Transferable,
  Worker,
  type WorkerOptions,
} from "node:worker_threads";
import { createMarks } from "../shared/workers/call-marks.ts";
import type { ThreadStart } from "../shared/workers/worker-protocol.ts";
import { type CheckEvent, MalformedMessageError, readWorkerMessage } from "./supervisor/placements/incoming.ts";

/** What a worker answered, or why it did not. */
export type WorkerAnswer<Answer> =
  | { readonly answer: Answer }
  | { readonly failure: "timeout" }
  | { readonly failure: "error"; readonly error: unknown }
  | { readonly failure: "exit"; readonly code: number };

export interface WorkerQuestion<Answer> {
  /** The worker's module. */
  readonly url: URL;
  readonly work: unknown;
  readonly options: WorkerOptions;
  /** Milliseconds after which the worker is terminated. */
  readonly timeout: number;
  /** Whether what the worker sent is an answer. */
  readonly check: CheckEvent<Answer>;
}

/** Starts a worker, which sees code of a plugin, and waits for the one message that it sends. */
export async function askWorker<Answer>({
  url,
  work,
  options,
  timeout,
  check,
}: WorkerQuestion<Answer>): Promise<WorkerAnswer<Answer>> {
  const { port1: own, port2: port } = new MessageChannel();
  const start: ThreadStart<unknown> = { work, port, marks: createMarks(), bufferLimit: 0 };
  const worker = new Worker(url, {
    ...options,
    workerData: start,
    transferList: [port as unknown as Transferable],
  });
  if (options.stdout === true) worker.stdout.resume();
  if (options.stderr === true) worker.stderr.resume();
  const { promise, resolve } = Promise.withResolvers<WorkerAnswer<Answer>>();
  const timer = setTimeout(() => {
    resolve({ failure: "timeout" });
    void worker.terminate();
  }, timeout);
  const receive = (received: unknown): void => {
    try {
      const message = readWorkerMessage(received);
      if (message.type === "event") resolve({ answer: check(message.event) });
    } catch (error) {
      resolve({ failure: "error", error: new MalformedMessageError(error) });
      void worker.terminate();
    }
  };
  own.on("message", receive);
  worker.once("error", (error) => resolve({ failure: "error", error }));
  worker.once("exit", (code) => {
    const last = receiveMessageOnPort(own);
    if (last !== undefined) receive(last.message);
    resolve({ failure: "exit", code });
    own.close();
  });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
