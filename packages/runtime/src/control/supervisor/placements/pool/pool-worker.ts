import { MessageChannel, type MessagePort, type Transferable, Worker } from "node:worker_threads";
import { createMarks, SHARED_SLOTS } from "../../../../shared/workers/call-marks.ts";
import type { ThreadStart } from "../../../../shared/workers/worker-protocol.ts";
import { workerEnvironment } from "../../../worker-environment.ts";
import { YOUNG_GENERATION } from "../young-generation.ts";

export interface PoolWorkerLimits {
  /** Mebibytes of heap that the tasks of one worker share; a connector's own `memory_limit` does not apply. Default 1024. */
  readonly heap?: number;
  /** Bytes of buffers that they share. Default 1 GiB. */
  readonly buffers?: number;
}

/** A worker for shared tasks, and what its control plane has of it. */
export interface PoolWorker {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly marks: SharedArrayBuffer;
}

const DEFAULT_HEAP = 1024;
const DEFAULT_BUFFERS = 1024 * 1024 * 1024;

export function startPoolWorker(
  url: URL,
  environment: NodeJS.ProcessEnv,
  { heap = DEFAULT_HEAP, buffers = DEFAULT_BUFFERS }: PoolWorkerLimits = {},
): PoolWorker {
  const { port1, port2 } = new MessageChannel();
  const marks = createMarks(SHARED_SLOTS);
  const start: ThreadStart<undefined> = { work: undefined, port: port2, marks, bufferLimit: buffers };
  const worker = new Worker(url, {
    workerData: start,
    transferList: [port2 as unknown as Transferable],
    env: workerEnvironment(environment),
    resourceLimits: { maxOldGenerationSizeMb: heap, maxYoungGenerationSizeMb: YOUNG_GENERATION },
    name: "shared connectors",
    stdout: true,
    stderr: true,
  });
  return { worker, port: port1, marks };
}
