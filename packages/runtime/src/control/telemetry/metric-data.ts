import { type Attributes, type HrTime, ValueType } from "@opentelemetry/api";
import { AggregationTemporality, DataPointType, type MetricData } from "@opentelemetry/sdk-metrics";
import type { Family, Labels, MetricsWriter, MetricType } from "../metrics/metrics-writer.ts";

/** The metrics of `/metrics` as OpenTelemetry data: the same families under the same names, cumulative since `start`. */
export class MetricsData implements MetricsWriter {
  readonly metrics: MetricData[] = [];
  readonly #start: HrTime;
  readonly #now: HrTime;

  constructor(start: HrTime, now: HrTime) {
    this.#start = start;
    this.#now = now;
  }

  family(name: string, type: MetricType, help: string): Family {
    const descriptor = { name, description: help, unit: unitOf(name), valueType: ValueType.DOUBLE };
    const point = <Value>(labels: Labels, value: Value) => ({
      startTime: this.#start,
      endTime: this.#now,
      attributes: labels as Attributes,
      value,
    });
    const values: ReturnType<typeof point<number>>[] = [];
    const histograms: ReturnType<typeof point<HistogramValue>>[] = [];
    const base = { descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE };
    let written = false;
    // A family without samples is left out.
    const write = (): void => {
      if (written) return;
      written = true;
      if (type === "histogram") {
        this.metrics.push({ ...base, dataPointType: DataPointType.HISTOGRAM, dataPoints: histograms });
      } else if (type === "counter") {
        this.metrics.push({ ...base, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints: values });
      } else this.metrics.push({ ...base, dataPointType: DataPointType.GAUGE, dataPoints: values });
    };
    return {
      sample(labels, value) {
        write();
        values.push(point(labels, value));
      },
      histogram(labels, bounds, { buckets, sum, count }) {
        write();
        const counts = bounds.map((_, index) => buckets[index] ?? 0);
        counts.push(count - counts.reduce((total, one) => total + one, 0));
        histograms.push(point(labels, { buckets: { boundaries: [...bounds], counts }, sum, count }));
      },
    };
  }
}

interface HistogramValue {
  readonly buckets: { readonly boundaries: number[]; readonly counts: number[] };
  readonly sum: number;
  readonly count: number;
}

/** The unit in UCUM, from the end of the name. */
function unitOf(name: string): string {
  if (name.endsWith("_seconds")) return "s";
  return /_bytes$/.test(name) ? "By" : "1";
}
