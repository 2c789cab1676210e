import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { FatalError } from "@iggy-connectors/sdk";

/** Folders in which relative paths of schemas are looked up, in this order; empty: the working directory. */
export type SchemaFolders = readonly string[];

export interface SchemaFile {
  /** Absolute path of the file. */
  readonly path: string;
  readonly bytes: Buffer;
}

/**
 * Reads the file of a schema; a relative path is read from the first folder that has it. Throws `FatalError` (`IGC_CONFIG_SCHEMA_FILE`)
 * that names each path that was tried; `key` is the configuration key of the path.
 */
export function readSchemaFile(path: string, folders: SchemaFolders, key: string): SchemaFile {
  const candidates = [...new Set((folders.length === 0 ? [process.cwd()] : folders).map((at) => resolve(at, path)))];
  let failure: unknown;
  for (const candidate of candidates) {
    try {
      return { path: candidate, bytes: readFileSync(candidate) };
    } catch (error) {
      failure ??= error;
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
        failure = error;
        break;
      }
    }
  }
  throw new FatalError(`the schema file ${JSON.stringify(path)} cannot be read: ${reasonOf(failure)}`, {
    code: "IGC_CONFIG_SCHEMA_FILE",
    place: `${key} (searched: ${candidates.join(", ")})`,
    fix: "correct the path; a relative path is looked up in the folder of the connector file, then in the working directory",
    cause: failure,
  });
}

function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "it does not exist";
  if (code === "EISDIR") return "it is a folder";
  return error instanceof Error ? error.message : String(error);
}
