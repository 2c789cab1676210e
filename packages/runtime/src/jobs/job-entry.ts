import { parentPort, workerData } from "node:worker_threads";
import { toTaskError } from "../delivery/errors.ts";
import { iggyConnector } from "../delivery/iggy-client.ts";
import { loadPlugin } from "../plugins/load.ts";
import { Task } from "../task/task.ts";
import type { JobCommand, JobEvent, JobKind, JobRequest, OpenJob } from "./protocol.ts";

const port = parentPort;
if (port === null) throw new Error("a job runs in a worker thread");
const post = (event: JobEvent): void => port.postMessage(event);

const request = workerData as JobRequest;
const task = new Task(request.spec, (event) => {
  if (event.type === "logs") post(event);
});
let opening: Promise<OpenJob<JobKind>> | undefined;

port.on("message", async (command: JobCommand) => {
  try {
    if (command.type === "end") await end();
    else {
      opening ??= open();
      post({ type: "answer", answer: await (await opening).call(command.argument as never) });
    }
  } catch (error) {
    post({ type: "failed", error: toTaskError(error) });
  }
});

async function open(): Promise<OpenJob<JobKind>> {
  const plugin = await loadPlugin(request.spec);
  if (request.kind === "set_offsets") {
    const { openOffsetSetting } = await import("./set-offsets.ts");
    return (await openOffsetSetting(task, plugin)) as OpenJob<JobKind>;
  }
  if (request.kind === "dry_run") {
    if (plugin.type === "sink") {
      const { openSinkTrial } = await import("./dry-run/try-sink.ts");
      return (await openSinkTrial(task)) as OpenJob<JobKind>;
    }
    const { openSourceTrial } = await import("./dry-run/try-source.ts");
    return (await openSourceTrial(task, plugin)) as OpenJob<JobKind>;
  }
  const redelivery =
    plugin.type === "sink" ? await import("./redeliver-to-sink.ts") : await import("./redeliver-to-iggy.ts");
  return (await redelivery.openRedelivery(task, plugin as never, iggyConnector)) as OpenJob<JobKind>;
}

async function end(): Promise<void> {
  const job = await opening?.catch(() => undefined);
  await job?.close();
  task.end();
  // Whatever a plugin left open must not keep the thread.
  process.exit(0);
}
