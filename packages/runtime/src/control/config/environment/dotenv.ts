import { join, resolve } from "node:path";
import { readBoundedFile } from "../../../shared/read-bounded-file.ts";
import { foldersUpwards } from "../locate.ts";
import { type ConfigProblem, causeOf } from "../problem.ts";
import { parseEnvFile } from "./env-file.ts";

/** Bytes. */
const MAX_FILE = 1024 * 1024;

export interface DotenvResult {
  readonly environment: NodeJS.ProcessEnv;
  /** The file that was read, if any. */
  readonly file: string | undefined;
  /** Warnings: what was ignored, and what other readers of such files read in another way. */
  readonly problems: readonly ConfigProblem[];
}

/**
 * Adds the variables of a dotenv file: the one that `IGGY_CONNECTORS_ENV_PATH` names, else `.env` in the working
 * directory or above. Variables that are set already keep their values. An unreadable file changes nothing, as in the original, but
 * is said.
 */
export function withDotenv(environment: NodeJS.ProcessEnv, workingDirectory: string): DotenvResult {
  const named = environment.IGGY_CONNECTORS_ENV_PATH;
  const candidates =
    named !== undefined && named !== ""
      ? [resolve(workingDirectory, named)]
      : foldersUpwards(workingDirectory).map((folder) => join(folder, ".env"));
  const problems: ConfigProblem[] = [];
  const warn = (problem: Omit<ConfigProblem, "severity" | "code">): void => {
    problems.push({ severity: "warning", code: "IGC_CONFIG_DOTENV", ...problem });
  };
  for (const file of candidates) {
    let text: string;
    try {
      text = readBoundedFile(file, MAX_FILE);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
        warn({ file, message: `the file cannot be read, and is ignored: ${causeOf(error)}` });
      }
      continue;
    }
    const { variables, findings } = parseEnvFile(text, (name) => environment[name]);
    for (const finding of findings) warn({ file, ...finding });
    return { environment: { ...Object.fromEntries(variables), ...environment }, file, problems };
  }
  return { environment: { ...environment }, file: undefined, problems };
}
