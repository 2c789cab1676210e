import { statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { ConfigurationError } from "./problem.ts";

const DEFAULT_NAMES = ["config.toml", "config.yaml", "config.yml", "config.json", "iggy-connectors.config.ts"] as const;

/** The folder and all folders above it. */
export function foldersUpwards(folder: string): string[] {
  const folders = [resolve(folder)];
  for (let current = folders[0]!; dirname(current) !== current; current = dirname(current)) {
    folders.push(dirname(current));
  }
  return folders;
}

/**
 * The runtime's file. A relative path is looked up in the working directory, then in each folder above; without a path
 * `config.toml` (`.yaml`, `.yml`, `.json`) or `iggy-connectors.config.ts` is looked up in the same way. `undefined`: no path was
 * given and no file found. A path that was given and does not exist is an error (`IGC_CONFIG_NOT_FOUND`), unlike in the original.
 */
export function locateRuntimeFile(path: string | undefined, workingDirectory: string): string | undefined {
  const folders = foldersUpwards(workingDirectory);
  if (path === undefined) {
    for (const folder of folders) {
      const found = DEFAULT_NAMES.map((name) => join(folder, name)).find(isFile);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const candidates = isAbsolute(path) ? [path] : folders.map((folder) => join(folder, path));
  const found = candidates.find(isFile);
  if (found !== undefined) return found;
  const searched = isAbsolute(path) ? "" : ` (searched ${resolve(workingDirectory)} and the folders above)`;
  throw new ConfigurationError([
    {
      severity: "error",
      code: "IGC_CONFIG_NOT_FOUND",
      file: path,
      message: `the configuration file does not exist${searched}`,
      fix: "correct --config or IGGY_CONNECTORS_CONFIG_PATH",
    },
  ]);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
