import { type ProcessEvent, type ProcessMessage, toCrash } from "./process-protocol.ts";
import type { TaskCommand } from "./protocol.ts";
import { runTask } from "./runner.ts";

if (process.send === undefined) throw new Error("a task's process is started by the runtime");
const send = (event: ProcessEvent, then?: () => void): void => {
  process.send?.(event, undefined, undefined, () => then?.());
};

// A terminal sends its signals to every process of the runtime; when this task ends is the control plane's to say.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
// Without the control plane nobody supervises this task: its successor begins where its offsets stand.
process.on("disconnect", () => process.exit(1));
process.on("uncaughtException", (error) => send({ type: "crashed", crash: toCrash(error) }, () => process.exit(1)));

const commands: ((command: TaskCommand) => void)[] = [];
process.on("message", async (message: ProcessMessage) => {
  if (message.type === "command") {
    for (const listener of commands) listener(message.command);
    return;
  }
  await runTask(message.spec, {
    post: (event) => send({ type: "event", event }),
    onCommand: (listener) => commands.push(listener),
  });
  // Whatever a plugin left open must not keep the process; what was sent before has left when this has.
  send({ type: "done" }, () => process.exit(0));
});
