import { type FSWatcher, statSync, watch } from "node:fs";
import { type ConfigProblem, causeOf } from "../../problem.ts";

/** Milliseconds without a further change after which a change is reported: editors write in steps. */
const QUIET_TIME = 150;
/** Milliseconds after which a change is reported although more changes follow. */
const MAX_DELAY = 2000;
/** Milliseconds until a folder that cannot be watched is tried again. */
const RETRY_INTERVAL = 5000;

/** Calls `onChange` after changes in a folder, once for those that follow each other closely. Returns what ends the watch. */
export function watchFolder(
  folder: string,
  onChange: () => void,
  onProblem: (problem: ConfigProblem) => void,
): () => void {
  let watcher: FSWatcher | undefined;
  let quiet: NodeJS.Timeout | undefined;
  let retry: NodeJS.Timeout | undefined;
  let first = 0;
  /** Inode of the watched folder: a folder that was recreated under the same name is another one. */
  let watched: number | undefined;
  let ended = false;
  /** It was reported that the folder cannot be watched, and that is still so. */
  let reported = false;

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
      Math.max(0, Math.min(QUIET_TIME, first + MAX_DELAY - now)),
    );
  };
  const failed = (error: unknown): void => {
    watcher?.close();
    watcher = undefined;
    if (ended) return;
    if (!reported)
      onProblem({
        severity: "warning",
        code: "IGC_CONFIG_WATCH",
        file: folder,
        message: `the folder cannot be watched: ${causeOf(error)}`,
        fix: `it is retried every ${RETRY_INTERVAL / 1000} s; set connectors.reload = false to turn it off`,
      });
    reported = true;
    retry = setTimeout(() => {
      open();
      // Changes in between were not seen.
      if (watcher !== undefined) changed();
    }, RETRY_INTERVAL);
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
      reported = false;
    } catch (error) {
      failed(error);
    }
  };
  open();
  return () => {
    ended = true;
    watcher?.close();
    clearTimeout(quiet);
    clearTimeout(retry);
  };
}

function identityOf(folder: string): number | undefined {
  return statSync(folder, { throwIfNoEntry: false })?.ino;
}
