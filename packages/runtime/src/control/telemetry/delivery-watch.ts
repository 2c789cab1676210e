import type { Logger } from "@iggy-connectors/sdk";
import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import type { Signal } from "./telemetry.ts";

/** Maximum number of records that wait to be sent. Further records are dropped and counted. */
export const MAX_WAITING = 2048;

/** Milliseconds between two log lines about failures. */
const LOG_INTERVAL = 60_000;

interface Exporter<Batch> {
  export(batch: Batch, done: (result: ExportResult) => void): void;
}

/**
 * Watches the records of a signal before and after their batch processor: limits how many wait, and counts those that are
 * lost. Failures are logged when they begin and when they end, not for each batch.
 */
export class DeliveryWatch {
  readonly #signal: Signal;
  readonly #logger: Logger;
  readonly #endpoint: string;
  #waiting = 0;
  #sending = 0;
  #dropped = 0;
  #failing = false;
  #loggedAt = Number.NEGATIVE_INFINITY;

  constructor(signal: Signal, endpoint: string, logger: Logger) {
    this.#signal = signal;
    this.#endpoint = endpoint;
    this.#logger = logger;
  }

  /** Records that were lost, including those that still waited at the end. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether another record may wait. If not, it is counted as dropped. */
  admit(): boolean {
    if (this.#waiting >= MAX_WAITING) {
      this.#dropped++;
      return false;
    }
    this.#waiting++;
    return true;
  }

  /** Counts all waiting and unconfirmed records as lost, and returns their number. Nothing may be sent afterwards. */
  abandon(): number {
    const lost = this.#waiting + this.#sending;
    this.#dropped += lost;
    this.#waiting = 0;
    this.#sending = 0;
    return lost;
  }

  /** Observes the results of an exporter. `count`: number of admitted records in a batch. */
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
    if (!this.#failing) return;
    this.#failing = false;
    this.#logger.info("telemetry is being sent again", { signal: this.#signal, dropped: this.#dropped });
  }

  #failed(records: number, error: Error | undefined): void {
    this.#dropped += records;
    const now = performance.now();
    if (this.#failing || now - this.#loggedAt < LOG_INTERVAL) return;
    this.#failing = true;
    this.#loggedAt = now;
    this.#logger.warn("telemetry cannot be sent; undelivered records are dropped and counted", {
      code: "IGC_HTTP_TELEMETRY",
      signal: this.#signal,
      endpoint: this.#endpoint,
      reason: error?.message ?? "unknown",
      fix: `check telemetry.${this.#signal}.endpoint and .transport, and that the receiver is running`,
    });
  }
}
