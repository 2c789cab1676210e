import { readdir, readFile } from "node:fs/promises";

/** CPU that the current threads of a process have used, milliseconds, by Linux' /proc: exact to the nanosecond, unlike its clock ticks. */
export async function cpuTime(pid: number): Promise<number> {
  let nanoseconds = 0;
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const text = await readFile(`/proc/${pid}/task/${thread}/schedstat`, "utf8").catch(() => "0");
    nanoseconds += Number(text.split(" ")[0]);
  }
  return nanoseconds / 1e6;
}
