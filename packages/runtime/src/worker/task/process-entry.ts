import type { TaskCommand, TaskEvent } from "../../shared/task/task-messages.ts";
import type { TaskSpec } from "../../shared/task/task-spec.ts";
import { runInProcess } from "./process-port.ts";
import { runTask } from "./runner.ts";
import { TaskCalls } from "./task-calls.ts";

runInProcess<TaskSpec, TaskCommand, TaskEvent>((spec, { marks, post, onCommand }) =>
  runTask(spec, { post, onCommand, calls: new TaskCalls(marks) }),
);
