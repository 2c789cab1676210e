import type { RuntimeLog } from "../logging/runtime-log.ts";
import type { ConfigProblem } from "./problem.ts";

/** Writes a finding to the log. */
export function logProblem(log: RuntimeLog, { severity, code, message, file, line, key, fix }: ConfigProblem): void {
  log.logger()[severity === "error" ? "error" : "warn"](message, { code, key, file, line, fix });
}
