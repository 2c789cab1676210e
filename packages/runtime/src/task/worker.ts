/** The module a supervisor starts a worker thread with; its `workerData` is a `TaskSpec`. Beside this file, built or not. */
export const TASK_WORKER_URL = new URL(
  import.meta.url.endsWith(".ts") ? "./worker-entry.ts" : "./worker-entry.js",
  import.meta.url,
);
