import { STAGE_BUCKETS, type Stage, type StageHistogram } from "../task/protocol.ts";

class Histogram {
  readonly buckets = new Array<number>(STAGE_BUCKETS.length + 1).fill(0);
  sum = 0;
  count = 0;

  observe(seconds: number): void {
    let bucket = 0;
    while (bucket < STAGE_BUCKETS.length && seconds > STAGE_BUCKETS[bucket]!) bucket += 1;
    this.buckets[bucket]! += 1;
    this.sum += seconds;
    this.count += 1;
  }
}

/** How long the stages of a batch take: one histogram per stage, over the original's buckets. */
export class StageRecorder {
  readonly #stages = new Map<Stage, Histogram>();

  record(stage: Stage, milliseconds: number): void {
    let histogram = this.#stages.get(stage);
    if (histogram === undefined) {
      histogram = new Histogram();
      this.#stages.set(stage, histogram);
    }
    histogram.observe(milliseconds / 1000);
  }

  snapshot(): Partial<Record<Stage, StageHistogram>> {
    const stages: Partial<Record<Stage, StageHistogram>> = {};
    for (const [stage, { buckets, sum, count }] of this.#stages) {
      stages[stage] = { buckets: [...buckets], sum, count };
    }
    return stages;
  }
}
