import { setTimeout as sleep } from "node:timers/promises";
import type { ExportResponse, IExporterTransport } from "@opentelemetry/otlp-exporter-base";

/** Sends the bytes of a request. Never throws: failures are in the response. */
export interface Transport {
  send(body: Uint8Array, signal: AbortSignal): Promise<ExportResponse>;
  close(): void;
}

/** Maximum bytes of a response. An OTLP response is short: a longer one does not come from an OTLP receiver. */
export const MAX_RESPONSE = 64 * 1024;

const FIRST_BACKOFF = 500;
const MAX_BACKOFF = 5000;

/** Retries failures that OTLP declares retryable, within the timeout. Ends at once when it is shut down. */
export class RetryingTransport implements IExporterTransport {
  readonly #transport: Transport;
  readonly #closed = new AbortController();

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async send(body: Uint8Array, timeout: number): Promise<ExportResponse> {
    const signal = AbortSignal.any([AbortSignal.timeout(timeout), this.#closed.signal]);
    const end = performance.now() + timeout;
    for (let backoff = FIRST_BACKOFF; ; backoff = Math.min(backoff * 2, MAX_BACKOFF)) {
      const response = await this.#transport.send(body, signal);
      if (response.status !== "retryable") return response;
      const wait = response.retryInMillis ?? backoff * (0.8 + Math.random() * 0.4);
      if (performance.now() + wait >= end) return response;
      try {
        await sleep(wait, undefined, { signal, ref: false });
      } catch {
        return response;
      }
    }
  }

  shutdown(): void {
    this.#closed.abort();
    this.#transport.close();
  }
}
