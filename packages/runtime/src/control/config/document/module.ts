import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { ModuleAnswer } from "../../../shared/jobs/module-answer.ts";
import { CONFIG_MODULE_URL } from "../../../worker/entries.ts";
import { SyntaxProblem } from "./parsed-text.ts";

/** Milliseconds that a module may take to say what it configures. */
const TIMEOUT = 10_000;
/** Mebibytes of heap for that. */
const HEAP = 128;

/**
 * The default export of a configuration that is a module. It runs in a worker of its own for that moment: it cannot block
 * or break the runtime, and each reading sees the files as they are then. Throws `SyntaxProblem`.
 */
export async function readModule(file: string): Promise<unknown> {
  const worker = new Worker(CONFIG_MODULE_URL, {
    workerData: pathToFileURL(file).href,
    resourceLimits: { maxOldGenerationSizeMb: HEAP },
    name: "configuration",
  });
  const { promise, resolve } = Promise.withResolvers<ModuleAnswer>();
  const timer = setTimeout(() => {
    resolve({ problem: `it said nothing for ${TIMEOUT / 1000} s` });
    void worker.terminate();
  }, TIMEOUT);
  worker.once("message", (answer: ModuleAnswer) => resolve(answer));
  worker.once("error", (error) => resolve({ problem: String(error) }));
  worker.once("exit", () => resolve({ problem: "it ended its worker" }));
  try {
    const answer = await promise;
    if ("problem" in answer) throw new SyntaxProblem(answer.problem, undefined);
    return answer.value;
  } finally {
    clearTimeout(timer);
  }
}
