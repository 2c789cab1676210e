import { resolve } from "node:path";
import { readBoundedFile } from "../../shared/read-bounded-file.ts";

/** Bytes; more than any secret or setting has. */
const MAX_VALUE_FILE = 1024 * 1024;

export interface ValueFileContext {
  /** Relative paths start here. */
  readonly workingDirectory: string;
  /** Told of the content, since such files usually hold secrets. */
  readonly secret: (value: string) => void;
  /** Told of every file before it is read. */
  readonly valueFile?: (file: string) => void;
}

/** The value in a file that a placeholder or a `…_FILE` variable names: its content without the final line break. */
export function readValueFile(name: string, { workingDirectory, secret, valueFile }: ValueFileContext): string {
  const file = resolve(workingDirectory, name);
  valueFile?.(file);
  const value = readBoundedFile(file, MAX_VALUE_FILE).replace(/\r?\n$/, "");
  secret(value);
  return value;
}
