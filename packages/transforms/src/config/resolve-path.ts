import { existsSync } from "node:fs";
import { resolve } from "node:path";

/** The absolute path of a file: in the first folder that has it, else in the first folder. */
export function resolvePath(path: string, directories: readonly string[]): string {
  const candidates = directories.map((directory) => resolve(directory, path));
  return candidates.find((candidate) => existsSync(candidate)) ?? candidates[0] ?? resolve(path);
}
