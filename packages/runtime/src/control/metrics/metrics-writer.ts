export type Labels = Readonly<Record<string, string | number>>;
export type MetricType = "counter" | "gauge" | "histogram";

/** Writes families of metrics, one after the other. */
export interface MetricsWriter {
  /** Starts a family. The name of a counter is given without `_total`. */
  family(name: string, type: MetricType, help: string): Family;
}

export interface Family {
  sample(labels: Labels, value: number): void;
  /** `buckets` are not cumulative. A bucket beyond `bounds` counts for +Inf. */
  histogram(
    labels: Labels,
    bounds: readonly number[],
    histogram: { readonly buckets: readonly number[]; readonly sum: number; readonly count: number },
  ): void;
}
