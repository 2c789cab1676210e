import { readdir, readFile } from "node:fs/promises";

/** CPU of a process so far, all its threads that still run, microseconds; by Linux' `/proc/<pid>/task/<tid>/schedstat`, which counts nanoseconds. */
export async function cpuMicroseconds(pid: number): Promise<number> {
  let nanoseconds = 0;
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const text = await readFile(`/proc/${pid}/task/${thread}/schedstat`, "utf8").catch(() => "0");
    nanoseconds += Number(text.split(" ")[0]);
  }
  return nanoseconds / 1000;
}

/** Bytes that `/proc/<pid>/status` gives for a process: `VmRSS` are resident now, `VmHWM` were at most. */
export async function memoryBytes(pid: number, field: "VmRSS" | "VmHWM"): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? Number.NaN) * 1024;
}
