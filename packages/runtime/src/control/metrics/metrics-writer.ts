export type Labels = Readonly<Record<string, string | number>>;
export type MetricType = "counter" | "gauge" | "histogram";

/** Takes families of metrics, one after the other. */
export interface MetricsWriter {
  /** Starts a family. A counter's name is given without `_total`. */
  family(name: string, type: MetricType, help: string): Family;
}

export interface Family {
  sample(labels: Labels, value: number): void;
  /** `buckets` are not cumulative; those beyond `bounds` count for +Inf. */
  histogram(
    labels: Labels,
    bounds: readonly number[],
    histogram: { readonly buckets: readonly number[]; readonly sum: number; readonly count: number },
  ): void;
}
