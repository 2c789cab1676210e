import { type FSWatcher, statSync, watch } from "node:fs";
import { type ConfigProblem, causeOf } from "../../problem.ts";

/** Milliseconds without a further change, after which what was written is looked at: editors write in steps. */
const QUIET = 150;
/** Milliseconds after which it is looked at although changes keep coming. */
const LATEST = 2000;
/** Milliseconds until a folder that cannot be watched is tried again. */
const AGAIN = 5000;

/** Tells of changes in a folder, gathered over a moment; the result ends it. */
export function watchFolder(
  folder: string,
  onChange: () => void,
  onProblem: (problem: ConfigProblem) => void,
): () => void {
  let watcher: FSWatcher | undefined;
  let quiet: NodeJS.Timeout | undefined;
  let again: NodeJS.Timeout | undefined;
  let first = 0;
  /** The folder that the watcher looks at: one that was made anew under the same name is another one. */
  let watched: number | undefined;
  let ended = false;
  /** It was said that the folder cannot be watched, and that still holds. */
  let told = false;

  const changed = (): void => {
    const now = Date.now();
    if (quiet === undefined) first = now;
    clearTimeout(quiet);
    quiet = setTimeout(
      () => {
        quiet = undefined;
        if (identityOf(folder) !== watched) reopen();
        onChange();
      },
      Math.max(0, Math.min(QUIET, first + LATEST - now)),
    );
  };
  const failed = (error: unknown): void => {
    watcher?.close();
    watcher = undefined;
    if (ended) return;
    if (!told)
      onProblem({
        severity: "warning",
        code: "IGC_CONFIG_WATCH",
        file: folder,
        message: `the folder cannot be watched: ${causeOf(error)}`,
        fix: `it is tried again every ${AGAIN / 1000} s; set connectors.reload = false to leave it`,
      });
    told = true;
    again = setTimeout(() => {
      open();
      // What happened in between was not seen.
      if (watcher !== undefined) changed();
    }, AGAIN);
  };
  const reopen = (): void => {
    watcher?.close();
    open();
  };
  const open = (): void => {
    try {
      watched = identityOf(folder);
      watcher = watch(folder, { persistent: false }, changed);
      watcher.on("error", failed);
      told = false;
    } catch (error) {
      failed(error);
    }
  };
  open();
  return () => {
    ended = true;
    watcher?.close();
    clearTimeout(quiet);
    clearTimeout(again);
  };
}

function identityOf(folder: string): number | undefined {
  return statSync(folder, { throwIfNoEntry: false })?.ino;
}
