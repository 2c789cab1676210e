import { addCounters, noCounters } from "../../../shared/task/counters.ts";
import { mergeHistograms } from "../../../shared/task/histogram.ts";
import { addLabelledCounts } from "../../../shared/task/labelled-counts.ts";
import type { TaskStatus } from "../../../shared/task/task-status.ts";

type PluginMetric = TaskStatus["pluginMetrics"][number];

/** What only grows. It is added up over restarts of a worker and over the tasks of a connector. */
export type Totals = Pick<
  TaskStatus,
  "counters" | "stages" | "distributions" | "retries" | "deadLetters" | "filteredBy" | "pluginMetrics"
>;

export const NO_TOTALS: Totals = {
  counters: noCounters(),
  stages: {},
  distributions: {},
  retries: [],
  deadLetters: [],
  filteredBy: [],
  pluginMetrics: [],
};

export function addTotals(left: Totals, right: Totals): Totals {
  return {
    counters: addCounters(left.counters, right.counters),
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
