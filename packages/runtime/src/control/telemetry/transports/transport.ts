import { setTimeout as sleep } from "node:timers/promises";
import type { ExportResponse, IExporterTransport } from "@opentelemetry/otlp-exporter-base";

/** Sends one request's bytes. Never throws: what goes wrong is in the response. */
export interface Transport {
  send(body: Uint8Array, signal: AbortSignal): Promise<ExportResponse>;
  close(): void;
}

/** An answer says little; more is somebody else's. */
export const MAX_ANSWER = 64 * 1024;

const FIRST_BACKOFF = 500;
const MAX_BACKOFF = 5000;

/** Repeats what may succeed later while its time lasts, as OTLP asks for, and ends at once when it is closed. */
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
