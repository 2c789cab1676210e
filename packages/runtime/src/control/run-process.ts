import { ConnectorError } from "@iggy-connectors/sdk";
import { printable, printableLine } from "../shared/printable.ts";
import { IdleHeap } from "../shared/workers/idle-heap.ts";
import { ConfigurationError, formatProblem } from "./config/problem.ts";
import { endAtOnce } from "./end-at-once.ts";
import { type Runtime, type RuntimeOptions, startRuntime } from "./runtime.ts";
import { RUNTIME_VERSION } from "./version.ts";

export type ProcessOptions = Pick<RuntimeOptions, "configPath" | "config" | "workerUrl" | "preparedWorker">;

/** Milliseconds that a process has to end by itself after everything has stopped. */
const LEFT_BEHIND = 1000;

/** Exit codes of the process. */
const EXIT = { done: 0, failed: 1, configuration: 3, interrupted: 130 } as const;

/**
 * The whole life of a runtime process: starts, runs until SIGINT or SIGTERM, stops. Resolves with the exit code: 0 after
 * an orderly stop, 1 failed, 3 configuration invalid. A second signal ends the process at once with 130.
 */
export async function runProcess(options: ProcessOptions = {}): Promise<number> {
  const signals = new StopSignals();
  process.stdout.write(`Iggy Connectors ${RUNTIME_VERSION}\n`);
  let runtime: Runtime;
  try {
    runtime = await startRuntime(options);
  } catch (error) {
    signals.release();
    return report(error);
  }
  new IdleHeap().start();
  try {
    if (runtime.configFile === undefined) process.stdout.write("No configuration file was found; defaults are used.\n");
    await signals.first;
    await runtime.stop();
    // What was left behind, such as a worker inside a system call that does not return, must not keep the process alive.
    setTimeout(() => endAtOnce(EXIT.done), LEFT_BEHIND).unref();
    return EXIT.done;
  } finally {
    signals.release();
  }
}

/** The first signal requests a stop, the second one ends the process. */
class StopSignals {
  readonly first: Promise<void>;
  readonly #listener: () => void;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.first = promise;
    let requested = false;
    this.#listener = () => {
      if (requested) endAtOnce(EXIT.interrupted);
      requested = true;
      resolve();
    };
    process.on("SIGINT", this.#listener);
    process.on("SIGTERM", this.#listener);
  }

  release(): void {
    process.off("SIGINT", this.#listener);
    process.off("SIGTERM", this.#listener);
  }
}

/** Writes what is wrong and what to do; a stack trace only for errors of ours. */
function report(error: unknown): number {
  if (error instanceof ConfigurationError) {
    const lines = error.problems.map((problem) => {
      const text = printableLine(formatProblem(problem));
      return `  ${problem.severity} ${problem.code} ${text}`;
    });
    const count = error.problems.filter(({ severity }) => severity === "error").length;
    process.stderr.write(
      `The configuration cannot be used (${count} error${count === 1 ? "" : "s"}):\n${lines.join("\n")}\n`,
    );
    return EXIT.configuration;
  }
  if (error instanceof ConnectorError) {
    const place = error.place === undefined ? "" : ` (${error.place})`;
    const fix = error.fix === undefined ? "" : `\n  ${error.fix}`;
    process.stderr.write(printable(`${error.code}${place}: ${error.message}${fix}\n`));
    return EXIT.failed;
  }
  process.stderr.write(printable(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`));
  return EXIT.failed;
}
