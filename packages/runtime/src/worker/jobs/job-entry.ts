import { parentPort, workerData } from "node:worker_threads";
import type { JobCommand, JobRequest } from "../../shared/jobs/job.ts";
import { runJob } from "./run-job.ts";

const port = parentPort;
if (port === null) throw new Error("this module runs in a worker thread");

await runJob(workerData as JobRequest, {
  post: (event) => port.postMessage(event),
  onCommand: (listener) => port.on("message", (command: JobCommand) => listener(command)),
});
// Whatever a plugin left open must not keep the thread alive.
process.exit(0);
