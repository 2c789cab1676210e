import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Measurement, MeasureOptions } from "../measure-row.ts";
import type { ClientRow } from "./rows.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));

/** One run of one client row in a fresh process. */
export function measureClientRow({ work }: ClientRow, { built, ...options }: MeasureOptions): Promise<Measurement> {
  const child = fork(MAIN, [JSON.stringify({ work, ...options })], { execArgv: built ? [] : process.execArgv });
  return new Promise((resolve, reject) => {
    child.once("message", (measurement) => resolve(measurement as Measurement));
    child.once("exit", (code) => reject(new Error(`the client ended with ${code}`)));
  });
}
