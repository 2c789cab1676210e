import { readEntries } from "./entries.ts";
import { resolvePath } from "./resolve-path.ts";

/** Absolute paths of the scripts that a connector's `transforms` call, each once. An invalid configuration has none: compiling it reports what is wrong. */
export function scriptPaths(config: unknown, directories: readonly string[]): readonly string[] {
  try {
    const paths = readEntries(config, (_key, message) => new Error(message))
      .filter(({ type, enabled }) => type === "script" && enabled)
      .flatMap(({ settings }) => (typeof settings.path === "string" ? resolvePath(settings.path, directories) : []));
    return [...new Set(paths)];
  } catch {
    return [];
  }
}
