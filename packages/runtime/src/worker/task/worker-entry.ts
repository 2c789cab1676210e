import type { TaskCommand, TaskEvent } from "../../shared/task/task-messages.ts";
import type { TaskSpec } from "../../shared/task/task-spec.ts";
import { runTask } from "./runner.ts";
import { TaskCalls } from "./task-calls.ts";
import { openChannel } from "./thread-channel.ts";

const { work, marks, post, onCommand } = openChannel<TaskSpec, TaskCommand, TaskEvent>();
const exit = process.exit.bind(process);

await runTask(work, { post, onCommand, calls: new TaskCalls(marks) });
// The last event is posted. Whatever a plugin left open (timers, sockets) must not keep the thread alive.
exit(0);
