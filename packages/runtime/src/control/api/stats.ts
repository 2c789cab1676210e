import { availableParallelism, cpus, totalmem } from "node:os";
import type { z } from "zod";
import { numericVersion, RUNTIME_VERSION } from "../../shared/version.ts";
import type { MetricsInput } from "../metrics/render.ts";
import type { ConnectorSnapshot } from "../supervisor/connectors/snapshot.ts";
import type { statsSchema } from "./schemas/stats.ts";

type Shape = z.input<typeof statsSchema>;

interface CpuTimes {
  /** Milliseconds of wall clock. */
  readonly at: number;
  /** Microseconds of this process, all threads. */
  readonly process: number;
  /** Milliseconds of all cores together. */
  readonly busy: number;
  readonly total: number;
}

/** `GET /stats`; keeps the moment of the previous call, since which CPU use is reported. */
export class Stats {
  readonly #startedAt: number;
  #previous: CpuTimes;

  /** `startedAt`: milliseconds since the Unix epoch. */
  constructor(startedAt: number) {
    this.#startedAt = startedAt;
    this.#previous = cpuTimes();
  }

  read({ connectors, configured }: MetricsInput): Shape {
    const usage = this.#cpuUsage();
    const running = (type: string): number =>
      connectors.filter((one) => one.type === type && one.state === "running").length;
    const version = numericVersion(RUNTIME_VERSION);
    return {
      connectors_runtime_version: RUNTIME_VERSION,
      ...(version === undefined ? {} : { connectors_runtime_version_semver: version }),
      process_id: process.pid,
      ...usage,
      memory_usage: process.memoryUsage.rss(),
      total_memory: totalMemory(),
      available_memory: process.availableMemory(),
      run_time: (Date.now() - this.#startedAt) * 1000,
      start_time: this.#startedAt * 1000,
      sources_total: configured.source,
      sources_running: running("source"),
      sinks_total: configured.sink,
      sinks_running: running("sink"),
      connectors: connectors.map(connectorStats),
    };
  }

  #cpuUsage(): { readonly cpu_usage: number; readonly total_cpu_usage: number } {
    const before = this.#previous;
    const now = cpuTimes();
    this.#previous = now;
    const elapsed = now.at - before.at;
    const total = now.total - before.total;
    return {
      cpu_usage: elapsed > 0 ? rounded(((now.process - before.process) / 1000 / elapsed) * 100) : 0,
      total_cpu_usage: total > 0 ? rounded(((now.busy - before.busy) / total) * 100) : 0,
    };
  }
}

function connectorStats({
  key,
  name,
  type,
  plugin,
  status,
  enabled,
  counters,
}: ConnectorSnapshot): Shape["connectors"][number] {
  const version = plugin?.version ?? "unknown";
  const semver = numericVersion(version);
  return {
    key,
    name,
    connector_type: type,
    version,
    ...(semver === undefined ? {} : { version_semver: semver }),
    status,
    enabled,
    ...(type === "source"
      ? { messages_produced: counters.produced, messages_sent: counters.sent }
      : { messages_consumed: counters.consumed, messages_processed: counters.processed }),
    messages_filtered: counters.filtered,
    errors: counters.errors,
  };
}

function cpuTimes(): CpuTimes {
  const { user, system } = process.cpuUsage();
  let busy = 0;
  let total = 0;
  for (const { times } of cpus().slice(0, availableParallelism())) {
    const all = times.user + times.nice + times.sys + times.idle + times.irq;
    total += all;
    busy += all - times.idle;
  }
  return { at: performance.now(), process: user + system, busy, total };
}

/** The machine's memory, or the limit of the container when that is lower. */
function totalMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
