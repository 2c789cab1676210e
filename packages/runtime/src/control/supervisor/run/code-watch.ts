import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { watchFolder } from "../../config/providers/local/watch-folder.ts";
import { type CodeSpec, codeFiles } from "./code-files.ts";

/** Calls `onChange` whenever one of the files that a connector is made of has changed. Returns what ends the watch. */
export function watchCode(spec: CodeSpec, onChange: () => void): () => void {
  let known = digestsOf(spec);
  const look = (): void => {
    const current = digestsOf(spec);
    const changed = [...known].some(([path, digest]) => current.get(path) !== digest);
    known = current;
    watch();
    if (changed) onChange();
  };
  const watches = new Map<string, () => void>();
  const watch = (): void => {
    // A folder that cannot be watched is tried again; a missing file is reported by the worker that needs it.
    for (const folder of new Set([...known.keys()].map((path) => dirname(path)))) {
      if (!watches.has(folder))
        watches.set(
          folder,
          watchFolder(folder, look, () => undefined),
        );
    }
  };
  watch();
  return () => {
    for (const unwatch of watches.values()) unwatch();
  };
}

function digestsOf(spec: CodeSpec): ReadonlyMap<string, string | undefined> {
  return new Map(codeFiles(spec).map((path) => [path, digestOf(path)]));
}

/** `undefined`: the file does not exist, perhaps only between two steps of an editor. */
function digestOf(path: string): string | undefined {
  try {
    return hash("sha256", readFileSync(path));
  } catch {
    return undefined;
  }
}
