import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { IggyClient } from "@iggy-connectors/client";
import { preload } from "../preload.ts";
import { cpuOfThreads, processMemory } from "../process-figures.ts";
import { writeRuntimeConfiguration } from "../runtime-configuration.ts";
import { sinkFile, sourceFile } from "./configuration.ts";
import type { Contender, RunningContender } from "./contenders.ts";
import type { RivalRow } from "./rows.ts";

/** One run of one row by one runtime; what a row does not measure is absent. */
export interface RivalRun {
  /** CPU µs per message, all threads. */
  readonly cpuPerMessage?: number;
  readonly messagesPerSecond?: number;
  /** Share of one core while nothing happens. */
  readonly idleCpu?: number;
  /** Resident bytes: at most while messages flow, now while idle. */
  readonly resident?: number;
  /** Seconds from the start of the process to the stored offset of the first message. */
  readonly start?: number;
}

export interface RivalOptions {
  readonly iggy: string;
  readonly client: IggyClient;
  readonly plugins: string;
  readonly warm: number;
  readonly total: number;
  /** Distinct for each run. */
  readonly run: string;
}

/** Milliseconds between two looks at how far a runtime is. */
const LOOK = 2;
/** Milliseconds after which a run is given up. */
const TIME_LIMIT = 300_000;
/** Milliseconds in which an idle runtime comes to rest, and in which its CPU is counted. */
const SETTLE = 5000;
const IDLE = 10_000;

const fullTopic = (size: number): string => `full-${size}`;

/** Fills the topics that the sinks of `rows` read. */
export async function prepare(
  rows: readonly RivalRow[],
  { iggy, client, total }: Pick<RivalOptions, "iggy" | "client" | "total">,
): Promise<void> {
  if ((await client.getStream("rival")) !== undefined) await client.deleteStream("rival");
  for (const size of new Set(rows.flatMap((row) => (row.kind === "sink" ? [row.size] : [])))) {
    await preload(iggy, "rival", fullTopic(size), total, size);
  }
  await preload(iggy, "rival", "few", 1000, 200);
}

export function measureRival(row: RivalRow, contender: Contender, options: RivalOptions): Promise<RivalRun> {
  if (row.kind === "sink") return measureSink(row, contender, options);
  if (row.kind === "source") return measureSource(contender, options);
  if (row.kind === "idle") return measureIdle(row.connectors, contender, options);
  return measureStart(contender, options);
}

async function measureSink(
  { schema, transforms, size }: RivalRow & { readonly kind: "sink" },
  contender: Contender,
  { iggy, client, plugins, warm, total, run }: RivalOptions,
): Promise<RivalRun> {
  const [topic, group] = [fullTopic(size), `sink-${run}`];
  const file = sinkFile({ key: "measured", plugins, topic, schema, transforms, group });
  return withRuntime(contender, iggy, new Map([["measured", file]]), (running) =>
    measureFlow(running, warm, total, () => storedCount(client, topic, group)),
  );
}

async function measureSource(
  contender: Contender,
  { iggy, client, plugins, warm, total, run }: RivalOptions,
): Promise<RivalRun> {
  const topic = `random-${run}`;
  await client.createTopic({ stream: "rival", name: topic, partitionsCount: 1 });
  const file = sourceFile(plugins, topic, total);
  try {
    return await withRuntime(contender, iggy, new Map([["measured", file]]), (running) =>
      measureFlow(running, warm, total, async () =>
        Number((await client.getTopic("rival", topic))?.messagesCount ?? 0),
      ),
    );
  } finally {
    await client.deleteTopic("rival", topic);
  }
}

async function measureIdle(
  connectors: number,
  contender: Contender,
  { iggy, client, plugins, run }: RivalOptions,
): Promise<RivalRun> {
  const files = new Map<string, string>();
  for (let index = 0; index < connectors; index++) {
    const topic = `empty-${run}-${index}`;
    await client.createTopic({ stream: "rival", name: topic, partitionsCount: 1 });
    const key = `idle-${index}`;
    files.set(key, sinkFile({ key, plugins, topic, schema: "json", transforms: "", group: `${key}-${run}` }));
  }
  return withRuntime(contender, iggy, files, async ({ pid }) => {
    await sleep(SETTLE);
    const [cpu, at] = [cpuOfThreads(pid), performance.now()];
    await sleep(IDLE);
    const used = cpuOfThreads(pid) - cpu;
    return { idleCpu: used / (performance.now() - at), resident: processMemory(pid).resident };
  });
}

async function measureStart(contender: Contender, { iggy, client, plugins, run }: RivalOptions): Promise<RivalRun> {
  const group = `start-${run}`;
  const file = sinkFile({ key: "measured", plugins, topic: "few", schema: "json", transforms: "", group });
  const began = performance.now();
  return withRuntime(contender, iggy, new Map([["measured", file]]), async (running) => {
    await reach(running, 1, () => storedCount(client, "few", group));
    return { start: (performance.now() - began) / 1000 };
  });
}

/** From `warm` messages to `total`, as the server counts them. */
async function measureFlow(
  running: RunningContender,
  warm: number,
  total: number,
  count: () => Promise<number>,
): Promise<RivalRun> {
  const first = await reach(running, warm, count);
  const [cpu, at] = [cpuOfThreads(running.pid), performance.now()];
  const messages = (await reach(running, total, count)) - first;
  const used = cpuOfThreads(running.pid) - cpu;
  return {
    cpuPerMessage: (used * 1000) / messages,
    messagesPerSecond: (messages / (performance.now() - at)) * 1000,
    resident: processMemory(running.pid).peak,
  };
}

/** @returns how many there are once they are at least `aim`. */
async function reach(running: RunningContender, aim: number, count: () => Promise<number>): Promise<number> {
  for (const deadline = performance.now() + TIME_LIMIT; performance.now() < deadline; ) {
    const there = await Promise.race([count(), running.ended]);
    if (there >= aim) return there;
    await sleep(LOOK);
  }
  throw new Error(`${aim} messages were not reached within ${TIME_LIMIT / 1000} s`);
}

/** Messages of a partition up to the group's stored offset. */
async function storedCount(client: IggyClient, topic: string, group: string): Promise<number> {
  const offset = await client
    .getConsumerOffset({ consumer: { kind: "group", id: group }, stream: "rival", topic, partition: 0 })
    // The group is created by the runtime.
    .catch(() => undefined);
  return offset === undefined ? 0 : Number(offset.storedOffset) + 1;
}

async function withRuntime(
  contender: Contender,
  iggy: string,
  connectors: ReadonlyMap<string, string>,
  measure: (running: RunningContender) => Promise<RivalRun>,
): Promise<RivalRun> {
  const folder = await mkdtemp(join(tmpdir(), "iggy-bench-rival-"));
  const running = contender.start(await writeRuntimeConfiguration(folder, { iggy, connectors }));
  try {
    return await measure(running);
  } finally {
    await running.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
