import type { Logger } from "@iggy-connectors/sdk";
import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import type { Signal } from "./telemetry.ts";

/** Records that may wait for their batch; further ones are dropped and counted. */
export const MAX_WAITING = 2048;

/** Milliseconds between two lines about one trouble. */
const QUIET = 60_000;

interface Exporter<Batch> {
  export(batch: Batch, done: (result: ExportResult) => void): void;
}

/**
 * Stands before and behind a batch processor: nothing waits beyond its bound, what is lost is counted, and a receiver
 * that is away costs a line when that begins and one when it ends, not one per batch.
 */
export class DeliveryWatch {
  readonly #signal: Signal;
  readonly #logger: Logger;
  readonly #endpoint: string;
  #waiting = 0;
  #sending = 0;
  #dropped = 0;
  #away = false;
  #told = Number.NEGATIVE_INFINITY;

  constructor(signal: Signal, endpoint: string, logger: Logger) {
    this.#signal = signal;
    this.#endpoint = endpoint;
    this.#logger = logger;
  }

  /** Lost for good, with what is still in hand once nothing is sent any more. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether one more record may be made; if not, it counts as dropped. */
  admit(): boolean {
    if (this.#waiting >= MAX_WAITING) {
      this.#dropped++;
      return false;
    }
    this.#waiting++;
    return true;
  }

  /** Nothing is sent any more: what waits or is on its way is lost. */
  abandon(): number {
    const lost = this.#waiting + this.#sending;
    this.#dropped += lost;
    this.#waiting = 0;
    this.#sending = 0;
    return lost;
  }

  /** Has an exporter tell what became of its batches. `count`: records of a batch that were admitted before. */
  watch<Batch, Watched extends Exporter<Batch>>(exporter: Watched, count: (batch: Batch) => number): Watched {
    const send = exporter.export.bind(exporter);
    exporter.export = (batch, done) => {
      const records = count(batch);
      this.#waiting -= Math.min(this.#waiting, records);
      this.#sending += records;
      send(batch, (result) => {
        this.#sending -= Math.min(this.#sending, records);
        if (result.code === ExportResultCode.SUCCESS) this.#arrived();
        else this.#failed(records, result.error);
        done(result);
      });
    };
    return exporter;
  }

  #arrived(): void {
    if (!this.#away) return;
    this.#away = false;
    this.#logger.info("telemetry is sent again", { signal: this.#signal, dropped: this.#dropped });
  }

  #failed(records: number, error: Error | undefined): void {
    this.#dropped += records;
    const now = performance.now();
    if (this.#away || now - this.#told < QUIET) return;
    this.#away = true;
    this.#told = now;
    this.#logger.warn("telemetry cannot be sent; what does not arrive is dropped and counted", {
      code: "IGC_HTTP_TELEMETRY",
      signal: this.#signal,
      endpoint: this.#endpoint,
      reason: error?.message ?? "unknown",
      fix: `check telemetry.${this.#signal}.endpoint and .transport, and whether its receiver runs`,
    });
  }
}
