import { stat } from "node:fs/promises";

/** Milliseconds between two looks. Secrets are often mounted by links that are exchanged, which no watch of a file sees. */
const INTERVAL = 5000;

/**
 * Calls `onChange` after the content of one of these files may have changed: files that hold values of the configuration, such as
 * rotated passwords. `files` is asked at each look. Returns what ends the watch.
 */
export function watchValueFiles(files: () => Iterable<string>, onChange: () => void, interval = INTERVAL): () => void {
  let known = new Map<string, string>();
  let looking = false;
  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    const found = new Map<string, string>();
    for (const file of files()) found.set(file, await stampOf(file));
    looking = false;
    const changed = [...found].some(([file, stamp]) => known.has(file) && known.get(file) !== stamp);
    known = found;
    if (changed) onChange();
  };
  const timer = setInterval(() => void look(), interval);
  timer.unref();
  void look();
  return () => clearInterval(timer);
}

/** What changes with the content of a file; the same for every file that cannot be read. */
async function stampOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(file);
    return `${ino} ${size} ${mtimeMs}`;
  } catch {
    return "";
  }
}
