import { mergeHistograms } from "../../../shared/task/histogram.ts";
import { addLabelledCounts } from "../../../shared/task/labelled-counts.ts";
import type { TaskCounters, TaskStatus } from "../../../shared/task/task-status.ts";

type PluginMetric = TaskStatus["pluginMetrics"][number];

/** What only grows. It is added up over restarts of a worker and over the tasks of a connector. */
export type Totals = Pick<
  TaskStatus,
  "counters" | "stages" | "distributions" | "retries" | "deadLetters" | "filteredBy" | "pluginMetrics"
>;

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

export const NO_TOTALS: Totals = {
  counters: ZERO,
  stages: {},
  distributions: {},
  retries: [],
  deadLetters: [],
  filteredBy: [],
  pluginMetrics: [],
};

export function addTotals(left: Totals, right: Totals): Totals {
  const counters = { ...left.counters };
  for (const name of Object.keys(ZERO) as (keyof TaskCounters)[]) counters[name] += right.counters[name] ?? 0;
  return {
    counters,
    stages: mergeHistograms(left.stages, right.stages),
    distributions: mergeHistograms(left.distributions, right.distributions),
    retries: addLabelledCounts(left.retries, right.retries),
    deadLetters: addLabelledCounts(left.deadLetters, right.deadLetters),
    filteredBy: addLabelledCounts(left.filteredBy, right.filteredBy),
    pluginMetrics: addPluginMetrics(left.pluginMetrics, right.pluginMetrics),
  };
}

/** The totals of a worker that has ended: its gauges are no longer true. */
export function withoutGauges(totals: Totals): Totals {
  return { ...totals, pluginMetrics: totals.pluginMetrics.filter(({ type }) => type === "counter") };
}

/** Adds restarts, counted by reason, to `sums`, and returns it. */
export function addRestarts(
  sums: Map<string, number>,
  restarts: Iterable<readonly [string, number]>,
): Map<string, number> {
  for (const [reason, count] of restarts) sums.set(reason, (sums.get(reason) ?? 0) + count);
  return sums;
}

function addPluginMetrics(left: readonly PluginMetric[], right: readonly PluginMetric[]): PluginMetric[] {
  const merged = new Map(left.map((metric) => [metric.name, metric]));
  for (const metric of right) {
    const value = (merged.get(metric.name)?.value ?? 0) + metric.value;
    merged.set(metric.name, { ...metric, value });
  }
  return [...merged.values()];
}
