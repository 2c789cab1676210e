import { existsSync } from "node:fs";
import { resolve } from "node:path";

/** Where a file lies. Where no folder has it, the first one's is named: that is where it is missing. */
export function resolvePath(path: string, directories: readonly string[]): string {
  const places = directories.map((directory) => resolve(directory, path));
  return places.find((place) => existsSync(place)) ?? places[0] ?? resolve(path);
}
