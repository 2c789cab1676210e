import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Isolation, Placement } from "../../src/control/supervisor/placements/placement.ts";
import { byIsolation } from "../../src/control/supervisor/placements/placement.ts";
import { processPlacement } from "../../src/control/supervisor/placements/process.ts";
import { sharedPlacement } from "../../src/control/supervisor/placements/shared.ts";
import { threadPlacement } from "../../src/control/supervisor/placements/thread.ts";
import { TaskSupervisor } from "../../src/control/supervisor/run/task-supervisor.ts";
import type { TaskLogLine } from "../../src/shared/task/task-messages.ts";
import type { TaskSpec } from "../../src/shared/task/task-spec.ts";
import { SHARED_WORKER_URL, TASK_PROCESS_URL, TASK_WORKER_URL } from "../../src/worker/entries.ts";
import { sinkDefinition } from "../task/plugins.ts";
import { taskSpec } from "../task/task-harness.ts";

/** Every placement, as the runtime has them, with one shared worker. */
export function everyPlacement(): Placement {
  return byIsolation({
    thread: threadPlacement(TASK_WORKER_URL),
    process: processPlacement(TASK_PROCESS_URL),
    shared: sharedPlacement({ workerUrl: SHARED_WORKER_URL, size: 1, onOutput: () => {} }),
  });
}

export interface SinkUnderTest {
  readonly folder: string;
  /** Of the embedded server. */
  readonly address: string;
  readonly topic: string;
  readonly isolation: Isolation;
  readonly place: Placement;
  /** Body of `create(config, context)`: returns the sink. It sees `config.path`, a file to write to. */
  readonly create: string;
  readonly spec?: Partial<TaskSpec>;
  readonly memoryLimit?: number;
}

/** A supervised sink whose plugin is a file, in real workers. */
export async function superviseSink({
  folder,
  address,
  topic,
  isolation,
  place,
  create,
  spec: changes = {},
  memoryLimit = 128 * 1024 ** 2,
}: SinkUnderTest): Promise<{ task: TaskSupervisor; lines: TaskLogLine[]; output: string } & AsyncDisposable> {
  const path = join(folder, `${topic}-${isolation}.ts`);
  const output = join(folder, `${topic}-${isolation}.txt`);
  await writeFile(
    path,
    `import { appendFileSync, openSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { defineSink } from "@iggy-connectors/sdk";
import { z } from "zod";
const text = (batch) => Array.from({ length: batch.length }, (_, index) => Buffer.from(batch.payload(index)).toString());
export default defineSink({
  name: "hostile", version: "1.0.0", description: "", schemas: ["raw", "json"], delivery: "at-least-once",
  config: z.object({ path: z.string() }),
  create: (config, context) => { ${create} },
});
`,
  );
  const base = taskSpec(sinkDefinition(() => ({ async consume() {} })));
  const spec: TaskSpec = {
    ...base,
    key: topic,
    plugin: { path, url: pathToFileURL(path).href },
    pluginConfig: { path: output },
    iggy: { address, username: "iggy", password: "iggy" },
    sinkStreams: [{ ...base.sinkStreams[0]!, topics: [topic], consumerGroup: `${topic}-${isolation}` }],
    deadLetter: { ...base.deadLetter, topic: `dead-${topic}-${isolation}` },
    hangTimeout: 4000,
    ...changes,
  };
  const lines: TaskLogLine[] = [];
  const task = new TaskSupervisor({
    spec,
    place,
    isolation,
    memoryLimit,
    environment: process.env,
    restart: { initialBackoff: 1, maxBackoff: 100 },
    onStatus: () => {},
    onLogs: (more) => lines.push(...more),
    onDescribed: () => {},
    tapSettings: () => undefined,
    onTapped: () => {},
  });
  task.start();
  return { task, lines, output, [Symbol.asyncDispose]: () => task.stop(0) };
}
