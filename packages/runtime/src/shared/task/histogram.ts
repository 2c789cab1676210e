/** Counts over fixed bounds; `buckets` are not cumulative, the last one is beyond every bound. Structured-cloneable. */
export interface HistogramSnapshot {
  readonly buckets: readonly number[];
  readonly sum: number;
  readonly count: number;
}

/** A histogram that observes without allocating. */
export class Histogram {
  readonly #bounds: readonly number[];
  readonly #buckets: number[];
  #sum = 0;
  #count = 0;
  /** Of the last value: the next one is most often near. */
  #bucket = 0;

  /** `bounds`: upper bounds, ascending. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#buckets = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    this.#find(value);
    this.#buckets[this.#bucket]! += 1;
    this.#sum += value;
    this.#count += 1;
  }

  /** The first `count` of the values. */
  observeAll(values: Float64Array, count: number): void {
    const bounds = this.#bounds;
    let run = 0;
    let sum = 0;
    /** The bounds of the bucket of the last value: most often the next one lies in it, too. */
    let above = Number.POSITIVE_INFINITY;
    let upTo = Number.NEGATIVE_INFINITY;
    for (let index = 0; index < count; index++) {
      const value = values[index]!;
      if (!(value > above && value <= upTo)) {
        this.#buckets[this.#bucket]! += run;
        run = 0;
        this.#find(value);
        above = bounds[this.#bucket - 1] ?? Number.NEGATIVE_INFINITY;
        upTo = bounds[this.#bucket] ?? Number.POSITIVE_INFINITY;
      }
      run += 1;
      sum += value;
    }
    this.#buckets[this.#bucket]! += run;
    this.#sum += sum;
    this.#count += count;
  }

  /** `count` values of which the lowest, the highest and the sum are known; false: they lie in several buckets, nothing was counted. */
  observeWithin(lowest: number, highest: number, sum: number, count: number): boolean {
    this.#find(highest);
    const bucket = this.#bucket;
    this.#find(lowest);
    if (this.#bucket !== bucket) return false;
    this.#buckets[bucket]! += count;
    this.#sum += sum;
    this.#count += count;
    return true;
  }

  /** Makes the bucket of the value the current one. */
  #find(value: number): void {
    const bounds = this.#bounds;
    let bucket = this.#bucket;
    while (bucket > 0 && value <= bounds[bucket - 1]!) bucket -= 1;
    while (bucket < bounds.length && value > bounds[bucket]!) bucket += 1;
    this.#bucket = bucket;
  }

  snapshot(): HistogramSnapshot {
    return { buckets: [...this.#buckets], sum: this.#sum, count: this.#count };
  }
}

/** The sum of two snapshots over the same bounds. */
function addHistograms(left: HistogramSnapshot, right: HistogramSnapshot): HistogramSnapshot {
  return {
    buckets: left.buckets.map((count, index) => count + (right.buckets[index] ?? 0)),
    sum: left.sum + right.sum,
    count: left.count + right.count,
  };
}

/** Adds the histograms of `right` to those of `left`, name by name. */
export function mergeHistograms<Name extends string>(
  left: Readonly<Partial<Record<Name, HistogramSnapshot>>>,
  right: Readonly<Partial<Record<Name, HistogramSnapshot>>>,
): Partial<Record<Name, HistogramSnapshot>> {
  const merged: Partial<Record<Name, HistogramSnapshot>> = { ...left };
  for (const [name, histogram] of Object.entries(right) as [Name, HistogramSnapshot][]) {
    const known = merged[name];
    merged[name] = known === undefined ? histogram : addHistograms(known, histogram);
  }
  return merged;
}

/** Histograms by name, each created at its first observation. */
export class Histograms<Name extends string> {
  readonly #boundsOf: (name: Name) => readonly number[];
  readonly #histograms = new Map<Name, Histogram>();

  constructor(boundsOf: (name: Name) => readonly number[]) {
    this.#boundsOf = boundsOf;
  }

  of(name: Name): Histogram {
    let histogram = this.#histograms.get(name);
    if (histogram === undefined) {
      histogram = new Histogram(this.#boundsOf(name));
      this.#histograms.set(name, histogram);
    }
    return histogram;
  }

  snapshot(): Partial<Record<Name, HistogramSnapshot>> {
    const snapshots: Partial<Record<Name, HistogramSnapshot>> = {};
    for (const [name, histogram] of this.#histograms) snapshots[name] = histogram.snapshot();
    return snapshots;
  }
}
