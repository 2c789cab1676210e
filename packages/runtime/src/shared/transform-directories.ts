import { dirname } from "node:path";
import type { TaskSpec } from "./task/task-spec.ts";

/** Where transforms look for relative paths: beside the connector's file, then in the working directory. */
export function transformDirectories({
  file,
  workingDirectory,
}: Pick<TaskSpec, "file" | "workingDirectory">): string[] {
  return file === undefined ? [workingDirectory] : [dirname(file), workingDirectory];
}
