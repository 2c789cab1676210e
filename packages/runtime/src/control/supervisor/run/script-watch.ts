import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { scriptPaths } from "@iggy-connectors/transforms";
import type { TaskSpec } from "../../../shared/task/task-spec.ts";
import { transformDirectories } from "../../../shared/transform-directories.ts";
import { watchFolder } from "../../config/providers/local/watch-folder.ts";

/** Calls `onChange` once, when one of the scripts that a connector's transforms call has changed. Returns what ends the watch. */
export function watchScripts(
  spec: Pick<TaskSpec, "transforms" | "file" | "workingDirectory">,
  onChange: () => void,
): () => void {
  const before = new Map(
    scriptPaths(spec.transforms, transformDirectories(spec)).map((path) => [path, digestOf(path)]),
  );
  const look = (): void => {
    if (![...before].some(([path, digest]) => digestOf(path) !== digest)) return;
    end();
    onChange();
  };
  const folders = new Set([...before.keys()].map((path) => dirname(path)));
  // A folder that cannot be watched is tried again; a missing script is reported by the worker that needs it.
  const watches = [...folders].map((folder) => watchFolder(folder, look, () => undefined));
  const end = (): void => {
    for (const unwatch of watches) unwatch();
  };
  return end;
}

/** `undefined`: the file does not exist, perhaps only between two steps of an editor. */
function digestOf(path: string): string | undefined {
  try {
    return hash("sha256", readFileSync(path));
  } catch {
    return undefined;
  }
}
