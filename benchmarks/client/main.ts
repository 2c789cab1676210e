import type { ClientWork } from "./rows.ts";
import { doWork, type WorkOptions } from "./work.ts";

/* One run of one client row in a process of its own: tells what the messages after the warm-up cost. */
const { work, ...options } = JSON.parse(process.argv[2] ?? "{}") as WorkOptions & { work: ClientWork };

let seen = 0;
let began: { readonly at: number; readonly cpu: NodeJS.CpuUsage; readonly seen: number } | undefined;
let ended: { readonly milliseconds: number; readonly cpu: number; readonly messages: number } | undefined;

await doWork(work, options, (messages) => {
  seen += messages;
  if (began === undefined) {
    if (seen >= options.warm) began = { at: performance.now(), cpu: process.cpuUsage(), seen };
  } else if (ended === undefined && seen >= options.total) {
    const { user, system } = process.cpuUsage(began.cpu);
    ended = { milliseconds: performance.now() - began.at, cpu: user + system, messages: seen - began.seen };
  }
});
if (ended === undefined) throw new Error(`the work ended after ${seen} of ${options.total} messages`);
process.send?.({
  cpuPerMessage: ended.cpu / ended.messages,
  messagesPerSecond: (ended.messages / ended.milliseconds) * 1000,
  peakRss: process.resourceUsage().maxRSS * 1024,
});
process.disconnect?.();
