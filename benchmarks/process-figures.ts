import { readdirSync, readFileSync } from "node:fs";

/** Milliseconds of a tick of the kernel's clock, in which /proc counts. */
const TICK = 10;

/** CPU that a process has used since it began, user and system, all threads, milliseconds. */
export function cpuMilliseconds(pid: number): number {
  // The name of the program stands in parentheses and may contain anything.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK;
}

/** CPU that the current threads of a process have used, milliseconds, exact to the nanosecond; threads that have ended are not in it. */
export function cpuOfThreads(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
    } catch {
      // It has just ended.
    }
  }
  return nanoseconds / 1e6;
}

/** Memory of one process, bytes: resident, its share of what it has in common with others (PSS), and the highest resident. */
export function processMemory(pid: number): {
  readonly resident: number;
  readonly proportional: number;
  readonly peak: number;
} {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const bytes = (text: string, name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1]) * 1024;
  return { resident: bytes(status, "VmRSS"), proportional: bytes(rollup, "Pss"), peak: bytes(status, "VmHWM") };
}
