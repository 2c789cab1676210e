import type { Worker } from "node:worker_threads";

/** What a worker answered, or why it did not. */
export type WorkerAnswer<Answer> =
  | { readonly answer: Answer }
  | { readonly failure: "timeout" }
  | { readonly failure: "error"; readonly error: unknown }
  | { readonly failure: "exit"; readonly code: number };

/** Waits for the one message of a worker, which is terminated where it sends none for `timeout` milliseconds. */
export async function answerOf<Answer>(worker: Worker, timeout: number): Promise<WorkerAnswer<Answer>> {
  const { promise, resolve } = Promise.withResolvers<WorkerAnswer<Answer>>();
  const timer = setTimeout(() => {
    resolve({ failure: "timeout" });
    void worker.terminate();
  }, timeout);
  worker.once("message", (answer: Answer) => resolve({ answer }));
  worker.once("error", (error) => resolve({ failure: "error", error }));
  worker.once("exit", (code) => resolve({ failure: "exit", code }));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
