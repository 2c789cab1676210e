import { availableParallelism, cpus, totalmem } from "node:os";
import type { z } from "zod";
import { COUNTERS, type TaskCounters } from "../../shared/task/counters.ts";
import type { ConnectorType } from "../../shared/task/task-spec.ts";
import { type MetricsInput, runningCount } from "../metrics/metrics-input.ts";
import { ORIGINAL_COUNTERS } from "../metrics/original-counters.ts";
import type { ConnectorSnapshot } from "../supervisor/connectors/snapshot.ts";
import { numericVersion, RUNTIME_VERSION } from "../version.ts";
import type { statsSchema } from "./schemas/stats.ts";

type StatsShape = z.input<typeof statsSchema>;
type ConnectorStats = StatsShape["connectors"][number];
type OriginalCounter = (typeof COUNTERS)[(typeof ORIGINAL_COUNTERS)[number]]["metric"];

interface CpuTimes {
  /** Milliseconds of a monotonic clock. */
  readonly at: number;
  /** Microseconds of CPU that all threads of this process have used. */
  readonly process: number;
  /** Milliseconds, added up over all cores. */
  readonly busy: number;
  readonly total: number;
}

/** `GET /stats`. CPU use is reported since the previous call. */
export class Stats {
  readonly #startedAt: number;
  #previous: CpuTimes;

  /** `startedAt`: milliseconds since the Unix epoch. */
  constructor(startedAt: number) {
    this.#startedAt = startedAt;
    this.#previous = cpuTimes();
  }

  read({ connectors, configured }: MetricsInput): StatsShape {
    const usage = this.#cpuUsage();
    const version = numericVersion(RUNTIME_VERSION);
    return {
      connectors_runtime_version: RUNTIME_VERSION,
      ...(version === undefined ? {} : { connectors_runtime_version_semver: version }),
      process_id: process.pid,
      ...usage,
      memory_usage: measured(() => process.memoryUsage.rss(), 0),
      total_memory: totalMemory(),
      available_memory: measured(() => process.availableMemory(), 0),
      run_time: (Date.now() - this.#startedAt) * 1000,
      start_time: this.#startedAt * 1000,
      sources_total: configured.source,
      sources_running: runningCount(connectors, "source"),
      sinks_total: configured.sink,
      sinks_running: runningCount(connectors, "sink"),
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

function connectorStats({ key, name, type, plugin, status, enabled, counters }: ConnectorSnapshot): ConnectorStats {
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
    ...originalCounters(type, counters),
  };
}

function originalCounters(type: ConnectorType, counters: Readonly<TaskCounters>): Record<OriginalCounter, number> {
  const own = ORIGINAL_COUNTERS.filter((name) => COUNTERS[name].types.includes(type));
  return Object.fromEntries(own.map((name) => [COUNTERS[name].metric, counters[name]])) as Record<
    OriginalCounter,
    number
  >;
}

function cpuTimes(): CpuTimes {
  const { user, system } = process.cpuUsage();
  let busy = 0;
  let total = 0;
  for (const { times } of measured(cpus, []).slice(0, availableParallelism())) {
    const all = times.user + times.nice + times.sys + times.idle + times.irq;
    total += all;
    busy += all - times.idle;
  }
  return { at: performance.now(), process: user + system, busy, total };
}

/** Memory of the machine, or the limit of the container if that is lower. */
function totalMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** A measurement opens files: where descriptors are used up it is left out, and everything else is answered. */
function measured<Value>(read: () => Value, otherwise: Value): Value {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
