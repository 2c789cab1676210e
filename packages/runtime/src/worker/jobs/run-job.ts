import { ConnectorError } from "@iggy-connectors/sdk";
import { toTaskError } from "../../shared/errors.ts";
import {
  ALIVE_INTERVAL,
  type JobCommand,
  type JobEvent,
  type JobKind,
  type JobRequest,
  type OpenJob,
} from "../../shared/jobs/job.ts";
import { JOB_TIME_LIMIT } from "../../shared/jobs/time-limits.ts";
import { iggyConnector } from "../iggy/iggy-connector.ts";
import { loadPlugin } from "../plugin/load.ts";
import { Task } from "../task/task.ts";

/** How a job, in a thread or a process, communicates with the control plane. */
export interface JobPort {
  post(event: JobEvent): void;
  onCommand(listener: (command: JobCommand) => void): void;
}

/** Answers calls, one after the other, until the command to end. */
export function runJob(request: JobRequest, { post, onCommand }: JobPort): Promise<void> {
  const task = new Task(request.spec, (event) => {
    if (event.type === "logs") post(event);
  });
  const alive = setInterval(() => post({ type: "alive" }), ALIVE_INTERVAL);
  const ended = Promise.withResolvers<void>();
  let opening: Promise<OpenJob<JobKind>> | undefined;
  onCommand(async (command) => {
    try {
      if (command.type === "end") {
        const job = await opening?.catch(() => undefined);
        await job?.close();
        task.end();
        clearInterval(alive);
        ended.resolve();
        return;
      }
      opening ??= openInTime(task, request.kind);
      post({ type: "answer", answer: await (await opening).call(command.argument as never) });
    } catch (error) {
      post({ type: "failed", error: toTaskError(error) });
    }
  });
  return ended.promise;
}

/** What a task would wait for without limit, such as a destination that is down, is an error of a job. */
async function openInTime(task: Task, kind: JobKind): Promise<OpenJob<JobKind>> {
  const limit = Math.max(JOB_TIME_LIMIT, task.spec.startTimeout + 1000);
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const { lastError } = task.health.snapshot();
    const why = lastError === undefined ? "" : `: ${lastError.message}`;
    late.reject(
      new ConnectorError(`the plugin and Iggy were not ready within ${Math.round(limit / 1000)} s${why}`, {
        code: lastError?.code ?? "IGC_PLUGIN_START_TIMEOUT",
        ...(lastError?.place === undefined ? {} : { place: lastError.place }),
        fix: lastError?.fix ?? "see why the destination or Iggy does not answer, then try again",
      }),
    );
    task.lifetime.stop();
  }, limit);
  try {
    return await Promise.race([open(task, kind), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function open(task: Task, kind: JobKind): Promise<OpenJob<JobKind>> {
  const plugin = await loadPlugin(task.spec);
  if (kind === "set_offsets") {
    const { openOffsetSetting } = await import("./set-offsets.ts");
    return (await openOffsetSetting(task, plugin)) as OpenJob<JobKind>;
  }
  if (kind === "dry_run") {
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
