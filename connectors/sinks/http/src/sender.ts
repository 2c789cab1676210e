import { type BatchProgress, type HttpClient, type HttpResponse, statusOf } from "@iggy-connectors/http";
import { RejectedError, type RetryableError, runConcurrently } from "@iggy-connectors/sdk";
import { contentType, encodePart } from "./body.ts";
import type { HttpSinkConfig } from "./config.ts";
import { EnvelopeWriter } from "./envelope.ts";
import { idempotencyKey } from "./idempotency.ts";
import { type Part, splitPart } from "./part.ts";
import type { ReadFailures } from "./partial-failures.ts";

const TOO_LARGE = 413;

/** Sends the parts of a batch, and records the outcome of each message. */
export class Sender {
  readonly #config: HttpSinkConfig;
  readonly #http: HttpClient;
  readonly #readFailures: ReadFailures | undefined;
  readonly #envelope: EnvelopeWriter;
  readonly #contentType: string;
  /** Limit for requests of several messages; lowered when the destination answers 413. */
  #splitBytes: number;
  #requests = 0;

  constructor(config: HttpSinkConfig, http: HttpClient, readFailures: ReadFailures | undefined) {
    this.#config = config;
    this.#http = http;
    this.#readFailures = readFailures;
    this.#envelope = new EnvelopeWriter(config);
    this.#contentType = contentType(config);
    this.#splitBytes = config.max_payload_size_bytes || Number.POSITIVE_INFINITY;
  }

  get requests(): number {
    return this.#requests;
  }

  /** Parts in order, as many at once as the configuration allows. After the first failure no part is begun. */
  async send(parts: readonly Part[], progress: BatchProgress, signal: AbortSignal): Promise<void> {
    const { max_in_flight_requests: limit } = this.#config;
    const open = parts.values();
    await runConcurrently(Math.min(limit, parts.length), () => {
      const part = open.next().value;
      return part === undefined ? undefined : () => this.#sendPart(part, progress, signal);
    });
  }

  async #sendPart(part: Part, progress: BatchProgress, signal: AbortSignal): Promise<void> {
    const count = part.indexes.length;
    const body = encodePart(part, this.#config.batch_mode, this.#envelope);
    if (count > 1 && body.length > this.#splitBytes) {
      return this.#sendSplit(part, Math.ceil(body.length / this.#splitBytes), progress, signal);
    }
    const { max_payload_size_bytes: limit } = this.#config;
    if (limit > 0 && body.length > limit) return reject(part, tooLarge(body.length, limit), progress);
    let reply: HttpResponse;
    try {
      reply = await this.#request(part, body, signal);
    } catch (error) {
      if (!(error instanceof RejectedError)) throw error;
      const refusedForSize = statusOf(error) === TOO_LARGE;
      if (refusedForSize && count > 1) this.#splitBytes = Math.ceil(body.length / 2);
      // Invariant 6: one bad message never fails the others of its request.
      if (count > 1 && (refusedForSize || this.#config.split_rejected))
        return this.#sendSplit(part, 2, progress, signal);
      return reject(part, error, progress);
    }
    this.#settle(part, reply, progress);
  }

  async #sendSplit(part: Part, pieces: number, progress: BatchProgress, signal: AbortSignal): Promise<void> {
    for (const piece of splitPart(part, Math.max(2, pieces))) await this.#sendPart(piece, progress, signal);
  }

  #request(part: Part, body: Uint8Array, signal: AbortSignal): Promise<HttpResponse> {
    const { method, idempotency, idempotency_header } = this.#config;
    const { path, headers } = part.destination;
    const key = idempotencyKey(part, idempotency);
    this.#requests += 1;
    return this.#http.request({
      method,
      headers: {
        "content-type": this.#contentType,
        ...headers,
        ...(key === undefined ? {} : { [idempotency_header]: key }),
      },
      body,
      signal,
      ...(path === undefined ? {} : { path }),
    });
  }

  #settle(part: Part, reply: HttpResponse, progress: BatchProgress): void {
    const failed = this.#readFailures?.(part, reply) ?? [];
    const failures = new Set<number>();
    let retry: RetryableError | undefined;
    for (const { position, error } of failed) {
      const index = part.indexes[position]!;
      failures.add(index);
      if (error instanceof RejectedError) progress.reject(index, { offset: part.batch.offset(index), error });
      else retry ??= error;
    }
    for (const index of part.indexes) if (!failures.has(index)) progress.ended(index);
    if (retry !== undefined) throw retry;
  }
}

function reject(part: Part, error: RejectedError, progress: BatchProgress): void {
  for (const index of part.indexes) progress.reject(index, { offset: part.batch.offset(index), error });
}

function tooLarge(bytes: number, limit: number): RejectedError {
  return new RejectedError(`the message makes a request of ${bytes} bytes; the limit is ${limit}`, {
    code: "IGC_SINK_HTTP_TOO_LARGE",
    place: "max_payload_size_bytes",
    fix: "raise max_payload_size_bytes and the limit of the destination",
  });
}
