import { pathToFileURL } from "node:url";
import { CONFIG_MODULE_URL } from "../../../worker/entries.ts";
import { checkModuleAnswer } from "../../supervisor/placements/incoming.ts";
import { askWorker, type WorkerAnswer } from "../../worker-answer.ts";
import { SyntaxProblem } from "./parsed-text.ts";

/** Milliseconds that the evaluation of a module may take. */
const TIMEOUT = 10_000;
/** Mebibytes of heap for the evaluation of a module. */
const HEAP = 128;

/**
 * The default export of a configuration that is a module. Each reading evaluates it in a new worker: it cannot block or
 * break the runtime, and it sees the current files. Throws `SyntaxProblem`.
 */
export async function readModule(file: string): Promise<unknown> {
  const result = await askWorker({
    url: CONFIG_MODULE_URL,
    work: pathToFileURL(file).href,
    options: { resourceLimits: { maxOldGenerationSizeMb: HEAP }, name: "configuration" },
    timeout: TIMEOUT,
    check: checkModuleAnswer,
  });
  if (!("answer" in result)) throw new SyntaxProblem(failureText(result), undefined);
  if ("problem" in result.answer) throw new SyntaxProblem(result.answer.problem, undefined);
  return result.answer.value;
}

function failureText(result: Exclude<WorkerAnswer<never>, { readonly answer: never }>): string {
  switch (result.failure) {
    case "timeout":
      return `it did not answer within ${TIMEOUT / 1000} s`;
    case "error":
      return String(result.error);
    case "exit":
      return "it ended its worker";
  }
}
