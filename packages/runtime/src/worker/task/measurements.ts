import { getHeapStatistics } from "node:v8";
import type { MessageBatch } from "@iggy-connectors/sdk";
import { originSpan, originTimestamps } from "@iggy-connectors/transforms";
import { Histograms } from "../../shared/task/histogram.ts";
import { LabelledCounts } from "../../shared/task/labelled-counts.ts";
import {
  DISTRIBUTION_BUCKETS,
  type Distribution,
  STAGE_BUCKETS,
  type Stage,
  type TaskStatus,
} from "../../shared/task/task-status.ts";

/** The utilization of the event loop is measured over at least so many milliseconds: shorter spans say little. */
const UTILIZATION_SPAN = 1000;

/** What a task measures beside its counters. Observed per batch; the latency of delivered messages one by one. */
export class Measurements {
  readonly #stages = new Histograms<Stage>(() => STAGE_BUCKETS);
  readonly #distributions = new Histograms<Distribution>((name) => DISTRIBUTION_BUCKETS[name]);
  readonly #retries = new LabelledCounts<"stage" | "code">("code");
  readonly #deadLetters = new LabelledCounts<"stage" | "code">("code");
  readonly #filteredBy = new LabelledCounts("transform");
  /** Memory for the latencies of a batch, used again for the next one. */
  #latencies = new Float64Array(0);
  #utilization = 0;
  #utilizationSince = performance.eventLoopUtilization();

  stageTook(stage: Stage, milliseconds: number): void {
    this.#stages.of(stage).observe(milliseconds / 1000);
  }

  /** A batch taken from Iggy, or produced by a source. */
  batch(messages: number, bytes: number): void {
    this.#distributions.of("batch_messages").observe(messages);
    this.#distributions.of("batch_bytes").observe(bytes);
  }

  /** Messages of a sink, without `except`, were written: observes how long ago their producers made them. */
  delivered(batch: MessageBatch, except: ReadonlySet<bigint>, now: number = Date.now()): void {
    const { length } = batch;
    const histogram = this.#distributions.of("end_to_end_seconds");
    const span = except.size === 0 ? originSpan(batch) : undefined;
    if (span !== undefined && span.highest <= now * 1000) {
      const since = (time: number): number => now / 1000 - time / 1e6;
      if (histogram.observeWithin(since(span.highest), since(span.lowest), length * since(span.mean), length)) return;
    }
    if (this.#latencies.length < length) this.#latencies = new Float64Array(2 * length);
    const latencies = this.#latencies;
    originTimestamps(batch, latencies);
    let count = 0;
    for (let index = 0; index < length; index++) {
      if (except.size > 0 && except.has(batch.offset(index))) continue;
      // A producer's clock may be ahead of ours.
      latencies[count] = Math.max(0, now / 1000 - latencies[index]! / 1e6);
      count += 1;
    }
    histogram.observeAll(latencies, count);
  }

  retried(stage: string, code: string): void {
    this.#retries.add({ stage, code });
  }

  deadLettered(stage: string, code: string): void {
    this.#deadLetters.add({ stage, code });
  }

  /** Numbers of messages that transforms filtered out, by their names. */
  filtered(counts: ReadonlyMap<string, number>): void {
    for (const [name, count] of counts) this.#filteredBy.add({ transform: name }, count);
  }

  snapshot(): Pick<
    TaskStatus,
    "stages" | "distributions" | "retries" | "deadLetters" | "filteredBy" | "heapBytes" | "eventLoopUtilization"
  > {
    return {
      stages: this.#stages.snapshot(),
      distributions: this.#distributions.snapshot(),
      retries: this.#retries.snapshot(),
      deadLetters: this.#deadLetters.snapshot(),
      filteredBy: this.#filteredBy.snapshot(),
      // Not `process.memoryUsage`, which opens a file: where descriptors are used up, measuring must not end the worker.
      heapBytes: getHeapStatistics().used_heap_size,
      eventLoopUtilization: this.#eventLoopUtilization(),
    };
  }

  #eventLoopUtilization(): number {
    const { active, idle, utilization } = performance.eventLoopUtilization(this.#utilizationSince);
    if (active + idle >= UTILIZATION_SPAN) {
      this.#utilization = utilization;
      this.#utilizationSince = performance.eventLoopUtilization();
    }
    return this.#utilization;
  }
}
