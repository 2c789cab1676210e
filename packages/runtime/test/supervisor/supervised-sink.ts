import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Isolation, Placement } from "../../src/control/supervisor/placements/placement.ts";
import { byIsolation } from "../../src/control/supervisor/placements/placement.ts";
import { sharedPlacement } from "../../src/control/supervisor/placements/pool/pool.ts";
import { type PoolThreadOptions, poolThreads } from "../../src/control/supervisor/placements/pool/pool-thread.ts";
import { processPlacement } from "../../src/control/supervisor/placements/process.ts";
import { threadPlacement } from "../../src/control/supervisor/placements/thread.ts";
import { type PlacedAt, TaskSupervisor } from "../../src/control/supervisor/run/task-supervisor.ts";
import type { TaskState } from "../../src/shared/task/states.ts";
import type { TaskLogLine } from "../../src/shared/task/task-messages.ts";
import type { TaskSpec } from "../../src/shared/task/task-spec.ts";
import { SHARED_WORKER_URL, TASK_PROCESS_URL, TASK_WORKER_URL } from "../../src/worker/entries.ts";
import { sinkDefinition, sourceDefinition } from "../task/plugins.ts";
import { taskSpec } from "../task/task-harness.ts";
import type { IggyForFile } from "./iggy-for-file.ts";

/** Every placement, as the runtime has them, with one shared worker. */
export function everyPlacement(limits: Pick<PoolThreadOptions, "heap" | "buffers"> = {}): Placement {
  return byIsolation({
    thread: threadPlacement(TASK_WORKER_URL),
    process: processPlacement(TASK_PROCESS_URL),
    shared: sharedPlacement({
      start: poolThreads({ workerUrl: SHARED_WORKER_URL, onOutput: () => {}, ...limits }),
      size: 1,
    }),
  });
}

export interface SinkUnderTest {
  readonly iggy: Pick<IggyForFile, "folder" | "address">;
  readonly topic: string;
  readonly isolation: Isolation;
  readonly place: Placement;
  /** Body of `create(config, context)`: returns the sink. It sees `config.path`, a file to write to. */
  readonly create: string;
  readonly spec?: Partial<TaskSpec>;
  readonly memoryLimit?: number;
}

export interface SupervisedSink extends AsyncDisposable {
  readonly task: TaskSupervisor;
  readonly lines: readonly TaskLogLine[];
  /** The states it went through. */
  readonly states: readonly TaskState[];
  readonly placements: readonly PlacedAt[];
  readonly output: string;
}

/** A supervised sink whose plugin is a file, in real workers. */
export async function superviseSink(sink: SinkUnderTest): Promise<SupervisedSink> {
  const { iggy, topic, isolation, create } = sink;
  const output = join(iggy.folder, `${topic}-${isolation}.txt`);
  const plugin = await pluginFile(
    sink,
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
    ...identity(sink),
    plugin,
    pluginConfig: { path: output },
    iggy: { address: iggy.address, username: "iggy", password: "iggy" },
    sinkStreams: [{ ...base.sinkStreams[0]!, topics: [topic], consumerGroup: `${topic}-${isolation}` }],
    ...sink.spec,
  };
  return { ...supervise(sink, spec), output };
}

/** A supervised source that produces the texts `payloads`, in real workers. */
export async function superviseSource(
  source: Omit<SinkUnderTest, "create"> & { readonly payloads: readonly string[] },
): Promise<Omit<SupervisedSink, "output">> {
  const { iggy, topic, isolation, payloads } = source;
  const plugin = await pluginFile(
    source,
    `import { defineSource } from "@iggy-connectors/sdk";
import { z } from "zod";
export default defineSource({
  name: "fixed", version: "1.0.0", description: "", schemas: ["raw", "json"], delivery: "at-least-once",
  config: z.object({ payloads: z.array(z.string()) }),
  create: ({ payloads }) => ({
    async poll({ checkpoint = 0 }) {
      const messages = payloads.slice(checkpoint, checkpoint + 10).map((text) => ({ payload: Buffer.from(text) }));
      return { messages, checkpoint: checkpoint + messages.length };
    },
  }),
});
`,
  );
  const base = taskSpec(sourceDefinition(() => ({ poll: async () => ({ messages: [] }) })));
  const spec: TaskSpec = {
    ...base,
    ...identity(source),
    plugin,
    pluginConfig: { payloads },
    iggy: { address: iggy.address, username: "iggy", password: "iggy" },
    sourceStreams: [{ ...base.sourceStreams[0]!, topic }],
    checkpoint: { path: join(iggy.folder, `${topic}-${isolation}.state`), interval: 0 },
    ...source.spec,
  };
  return supervise(source, spec);
}

function identity({ topic, isolation }: Pick<SinkUnderTest, "topic" | "isolation">) {
  const { deadLetter } = taskSpec(sinkDefinition(() => ({ async consume() {} })));
  return { key: topic, deadLetter: { ...deadLetter, topic: `dead-${topic}-${isolation}` }, hangTimeout: 2000 };
}

async function pluginFile(
  { iggy, topic, isolation }: Pick<SinkUnderTest, "iggy" | "topic" | "isolation">,
  text: string,
): Promise<TaskSpec["plugin"]> {
  const path = join(iggy.folder, `${topic}-${isolation}.ts`);
  await writeFile(path, text);
  return { path, url: pathToFileURL(path).href };
}

function supervise(
  { place, isolation, memoryLimit = 128 * 1024 ** 2 }: Pick<SinkUnderTest, "place" | "isolation" | "memoryLimit">,
  spec: TaskSpec,
): Omit<SupervisedSink, "output"> {
  const lines: TaskLogLine[] = [];
  const states: TaskState[] = [];
  const placements: PlacedAt[] = [];
  const task: TaskSupervisor = new TaskSupervisor({
    spec,
    place,
    isolation,
    memoryLimit,
    environment: process.env,
    restart: { initialBackoff: 1, maxBackoff: 100 },
    onStatus: () => {
      const { state } = task.status();
      if (states.at(-1) !== state) states.push(state);
    },
    onLogs: (more) => lines.push(...more),
    onDescribed: () => {},
    tapSettings: () => undefined,
    onTapped: () => {},
    onPlaced: (placed) => placements.push(placed),
  });
  task.start();
  return { task, lines, states, placements, [Symbol.asyncDispose]: () => task.stop(0) };
}
