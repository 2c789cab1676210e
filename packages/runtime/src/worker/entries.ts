import { basename } from "node:path";
import { bundledFile } from "../shared/bundle.ts";

/** URLs of the modules that the control plane starts as workers and processes: as source, compiled or bundled. */
const entry = (path: string): URL =>
  bundledFile(basename(path)) ?? new URL(`${path}.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url);

/** A thread of one task; its `workerData` is a `TaskSpec`. */
export const TASK_WORKER_URL = entry("./task/worker-entry");
/** A thread that several tasks share. */
export const SHARED_WORKER_URL = entry("./task/shared-entry");
/** A process of one task. */
export const TASK_PROCESS_URL = entry("./task/process-entry");
/** A thread, or a process, of one job. */
export const JOB_WORKER_URL = entry("./jobs/job-entry");
export const JOB_PROCESS_URL = entry("./jobs/job-process-entry");
/** A thread that describes or checks a plugin. */
export const INSPECTION_WORKER_URL = entry("./inspection/inspection-entry");
/** A thread that evaluates a configuration that is a module. */
export const CONFIG_MODULE_URL = entry("./config-module/module-entry");
