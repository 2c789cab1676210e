import { parentPort, workerData } from "node:worker_threads";
import type { TaskCommand } from "../../shared/task/task-messages.ts";
import type { TaskSpec } from "../../shared/task/task-spec.ts";
import { runTask } from "./runner.ts";

const port = parentPort;
if (port === null) throw new Error("a task's entry runs in a worker thread");

await runTask(workerData as TaskSpec, {
  post: (event) => port.postMessage(event),
  onCommand: (listener) => port.on("message", (command: TaskCommand) => listener(command)),
});
// The last event is posted. Whatever a plugin left open (timers, sockets) must not keep the thread alive.
process.exit(0);
