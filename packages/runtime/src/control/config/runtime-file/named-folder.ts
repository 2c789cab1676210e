import { existsSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";

/**
 * What a relative path in the runtime's file names: a file or folder beside that file, else one in the working directory, as
 * the original reads it, else one beside the file that does not exist. `file` is undefined where another place names the path.
 */
export function namedInFile(path: string, file: string | undefined, workingDirectory: string): string {
  if (path === "" || isAbsolute(path)) return path;
  const inWorkingDirectory = resolve(workingDirectory, path);
  if (file === undefined) return inWorkingDirectory;
  const besideFile = resolve(dirname(file), path);
  return !existsSync(besideFile) && existsSync(inWorkingDirectory) ? inWorkingDirectory : besideFile;
}
