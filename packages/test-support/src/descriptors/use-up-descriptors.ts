import { spawnSync } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";

/** Descriptors that are opened at most: the limit is lowered first, so that a large one does not have to be filled. */
const SPARE = 16;

/**
 * Opens files until this process may have no more, and closes them when it is disposed. Undefined: this system cannot limit the
 * descriptors of a running process.
 */
export function useUpDescriptors(): Disposable | undefined {
  if (process.platform !== "linux") return undefined;
  const before = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
  const limit = readdirSync("/proc/self/fd").length + SPARE;
  if (spawnSync("prlimit", [`--pid=${process.pid}`, `--nofile=${limit}:`]).status !== 0) return undefined;
  const opened: number[] = [];
  try {
    for (;;) opened.push(openSync("/dev/null", "r"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EMFILE") throw error;
  }
  return {
    [Symbol.dispose]() {
      for (const descriptor of opened) closeSync(descriptor);
      spawnSync("prlimit", [`--pid=${process.pid}`, `--nofile=${before}:`]);
    },
  };
}
