import { Worker } from "node:worker_threads";
import { type ProcessEvent, type ProcessMessage, toCrash } from "../../shared/workers/process-protocol.ts";

/** How work in a process of its own communicates with the control plane. */
export interface ProcessPort<Command, Event> {
  post(event: Event): void;
  onCommand(listener: (command: Command) => void): void;
}

/** Milliseconds between two checks that the control plane still runs. */
const PARENT_CHECK_INTERVAL = 1000;

/** Does the work that the control plane sends to this process, then ends the process. */
export function runInProcess<Work, Command, Event>(
  run: (work: Work, port: ProcessPort<Command, Event>) => Promise<void>,
): void {
  if (process.send === undefined) throw new Error("this process is started by the runtime");
  const send = (event: ProcessEvent<Event>, then?: () => void): void => {
    process.send?.(event, undefined, undefined, () => then?.());
  };
  // A terminal sends its signals to every process of the runtime; the control plane decides when this one ends.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => {});
  // Without the control plane nothing supervises this work: its successor continues at the stored offsets.
  process.on("disconnect", () => process.exit(1));
  endWithParent();
  process.on("uncaughtException", (error) => send({ type: "crashed", crash: toCrash(error) }, () => process.exit(1)));

  const listeners: ((command: Command) => void)[] = [];
  process.on("message", async (message: ProcessMessage<Work, Command>) => {
    if (message.type === "command") {
      for (const listener of listeners) listener(message.command);
      return;
    }
    await run(message.work, {
      post: (event) => send({ type: "event", event }),
      onCommand: (listener) => listeners.push(listener),
    });
    // Whatever a plugin left open must not keep the process alive; messages sent before this one have been delivered with it.
    send({ type: "done" }, () => process.exit(0));
  });
}

/** A plugin that blocks this thread keeps it from noticing that the control plane was killed: another thread checks for that. */
function endWithParent(): void {
  const watch = `
    const parent = process.ppid;
    setInterval(() => process.ppid === parent || process.kill(process.pid, "SIGKILL"), ${PARENT_CHECK_INTERVAL});`;
  new Worker(watch, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2 } }).unref();
}
