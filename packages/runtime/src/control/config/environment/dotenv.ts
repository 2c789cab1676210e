import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "dotenv";
import { foldersUpwards } from "../locate.ts";

export interface DotenvResult {
  readonly environment: NodeJS.ProcessEnv;
  /** The file that was read, if any. */
  readonly file: string | undefined;
}

/**
 * Adds the variables of a dotenv file: the one that `IGGY_CONNECTORS_ENV_PATH` names, else `.env` in the working
 * directory or above. Variables that are set already keep their values. An unreadable file changes nothing, as in the original.
 */
export function withDotenv(environment: NodeJS.ProcessEnv, workingDirectory: string): DotenvResult {
  const named = environment.IGGY_CONNECTORS_ENV_PATH;
  const candidates =
    named !== undefined && named !== ""
      ? [resolve(workingDirectory, named)]
      : foldersUpwards(workingDirectory).map((folder) => join(folder, ".env"));
  for (const file of candidates) {
    let text: string;
    try {
      text = readFileSync(file, "utf8");
    } catch {
      continue;
    }
    return { environment: { ...parse(text), ...environment }, file };
  }
  return { environment: { ...environment }, file: undefined };
}
