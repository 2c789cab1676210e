import type { Stage, StageHistogram, TaskCounters, TaskStatus } from "../task/protocol.ts";

type PluginMetric = TaskStatus["pluginMetrics"][number];
type StageHistograms = Readonly<Partial<Record<Stage, StageHistogram>>>;

/** What only grows: it is added up over restarts of a worker and over the tasks of a connector. */
export interface Totals {
  readonly counters: Readonly<TaskCounters>;
  readonly stages: StageHistograms;
  readonly pluginMetrics: readonly PluginMetric[];
}

const ZERO: TaskCounters = {
  consumed: 0,
  processed: 0,
  produced: 0,
  sent: 0,
  delivered: 0,
  filtered: 0,
  skipped: 0,
  deadLettered: 0,
  errors: 0,
  retries: 0,
  rebalances: 0,
  bytesIn: 0,
  bytesOut: 0,
};

export const NO_TOTALS: Totals = { counters: ZERO, stages: {}, pluginMetrics: [] };

export function addTotals(left: Totals, right: Totals): Totals {
  const counters = { ...left.counters };
  for (const name of Object.keys(ZERO) as (keyof TaskCounters)[]) counters[name] += right.counters[name] ?? 0;
  const stages: Partial<Record<Stage, StageHistogram>> = { ...left.stages };
  for (const [stage, histogram] of Object.entries(right.stages) as [Stage, StageHistogram][]) {
    const present = stages[stage];
    stages[stage] = present === undefined ? histogram : addHistograms(present, histogram);
  }
  return { counters, stages, pluginMetrics: addPluginMetrics(left.pluginMetrics, right.pluginMetrics) };
}

/** What a dead worker leaves behind: its gauges say nothing any more. */
export function withoutGauges(totals: Totals): Totals {
  return { ...totals, pluginMetrics: totals.pluginMetrics.filter(({ type }) => type === "counter") };
}

function addHistograms(left: StageHistogram, right: StageHistogram): StageHistogram {
  return {
    buckets: left.buckets.map((count, index) => count + (right.buckets[index] ?? 0)),
    sum: left.sum + right.sum,
    count: left.count + right.count,
  };
}

function addPluginMetrics(left: readonly PluginMetric[], right: readonly PluginMetric[]): PluginMetric[] {
  const merged = new Map(left.map((metric) => [metric.name, metric]));
  for (const metric of right) {
    const value = (merged.get(metric.name)?.value ?? 0) + metric.value;
    merged.set(metric.name, { ...metric, value });
  }
  return [...merged.values()];
}
