import { type BatchProgress, type HttpClient, type HttpResponse, statusOf } from "@iggy-connectors/http";
import {
  ConnectorError,
  type Logger,
  pause,
  RejectedError,
  RetryableError,
  retryDelay,
  runConcurrently,
  UnclassifiedError,
} from "@iggy-connectors/sdk";
import type { ReadFailures } from "./answers/partial-failures.ts";
import { CONFLICT, isConfigured, readFailure } from "./answers/reading.ts";
import type { HttpSinkConfig } from "./config.ts";
import { contentType, encodePart } from "./requests/body.ts";
import { EnvelopeWriter } from "./requests/envelope.ts";
import { idempotencyKey } from "./requests/idempotency.ts";
import { type Part, splitPart } from "./requests/part.ts";

const TOO_LARGE = 413;
const MULTI_STATUS = 207;
/** Requests that may fail for an unknown reason, while nothing is taken, before no more are made of them. */
const MAX_UNCLEAR = 8;

/** One batch that is being sent. */
interface Task {
  readonly progress: BatchProgress;
  readonly signal: AbortSignal;
  /** What failed for a reason that may be the messages' or the destination's. */
  readonly unclear: { readonly part: Part; readonly error: UnclassifiedError }[];
}

/** Sends the parts of a batch, and records the outcome of each message. */
export class Sender {
  readonly #config: HttpSinkConfig;
  readonly #http: HttpClient;
  readonly #readFailures: ReadFailures | undefined;
  readonly #addressVaries: boolean;
  readonly #logger: Logger;
  readonly #envelope: EnvelopeWriter;
  readonly #contentType: string;
  /** Limit for requests of several messages; lowered when the destination answers 413. */
  #splitBytes: number;
  #requests = 0;
  /** The destination has taken a message. */
  #worked = false;
  #warned = false;

  constructor(
    config: HttpSinkConfig,
    http: HttpClient,
    options: {
      readonly readFailures: ReadFailures | undefined;
      readonly addressVaries: boolean;
      readonly logger: Logger;
    },
  ) {
    this.#config = config;
    this.#http = http;
    this.#readFailures = options.readFailures;
    this.#addressVaries = options.addressVaries;
    this.#logger = options.logger;
    this.#envelope = new EnvelopeWriter(config);
    this.#contentType = contentType(config);
    this.#splitBytes = config.max_payload_size_bytes || Number.POSITIVE_INFINITY;
  }

  get requests(): number {
    return this.#requests;
  }

  /**
   * Parts in order, as many at once as the configuration allows. After the first failure no part is begun.
   * @throws UnclassifiedError when messages failed for a reason that may be theirs or the destination's, and no other was taken.
   */
  async send(parts: readonly Part[], progress: BatchProgress, signal: AbortSignal): Promise<void> {
    const { max_in_flight_requests: limit } = this.#config;
    const open = parts.values();
    const task: Task = { progress, signal, unclear: [] };
    await runConcurrently(Math.min(limit, parts.length), () => {
      const part = open.next().value;
      return part === undefined ? undefined : () => this.#sendPart(task, part);
    });
    blame(task);
  }

  async #sendPart(task: Task, part: Part): Promise<void> {
    const { progress } = task;
    const count = part.indexes.length;
    const body = encodePart(part, this.#config.batch_mode, this.#envelope);
    if (count > 1 && body.length > this.#splitBytes) {
      return this.#sendSplit(task, part, Math.ceil(body.length / this.#splitBytes));
    }
    const { max_payload_size_bytes: limit } = this.#config;
    if (limit > 0 && body.length > limit) return reject(part, tooLarge(body.length, limit), progress);
    let reply: HttpResponse | undefined;
    try {
      reply = await this.#request(task, part, body);
    } catch (error) {
      if (!(error instanceof RejectedError) && !(error instanceof UnclassifiedError)) throw error;
      return this.#refused(task, part, error, body.length);
    }
    if (reply === undefined) for (const index of part.indexes) progress.ended(index);
    else this.#settle(part, reply, progress);
    this.#worked = true;
  }

  async #refused(task: Task, part: Part, error: RejectedError | UnclassifiedError, bytes: number): Promise<void> {
    const { progress, unclear } = task;
    const count = part.indexes.length;
    const refusedForSize = statusOf(error) === TOO_LARGE;
    if (refusedForSize && count > 1) this.#splitBytes = Math.ceil(bytes / 2);
    // Where nothing at all is taken it is hardly a message's fault: the runtime looks for it, more slowly.
    if (unclear.length >= MAX_UNCLEAR && progress.delivered === 0) throw unclear[0]!.error;
    // Invariant 6: one bad message never fails the others of its request.
    if (count > 1 && (refusedForSize || this.#config.split_rejected)) return this.#sendSplit(task, part, 2);
    if (error instanceof UnclassifiedError) unclear.push({ part, error });
    else reject(part, error, progress);
  }

  async #sendSplit(task: Task, part: Part, pieces: number): Promise<void> {
    for (const piece of splitPart(part, Math.max(2, pieces))) await this.#sendPart(task, piece);
  }

  /** Undefined: an earlier attempt was taken whose answer was lost. */
  async #request({ progress, signal }: Task, part: Part, body: Uint8Array): Promise<HttpResponse | undefined> {
    const { method, idempotency, idempotency_header } = this.#config;
    const { path, headers } = part.destination;
    const key = idempotencyKey(part, idempotency);
    const lose = (error: unknown): void => {
      if (error instanceof RetryableError && statusOf(error) === undefined)
        for (const index of part.indexes) progress.lost(index);
    };
    for (let attempt = 1; ; attempt++) {
      this.#requests += 1;
      try {
        return await this.#http.request({
          method,
          headers: {
            "content-type": this.#contentType,
            ...headers,
            ...(key === undefined ? {} : { [idempotency_header]: key }),
          },
          body,
          signal,
          // Only a description of partial failures needs what the answer says.
          ignoreBody: this.#readFailures === undefined,
          onRetry: ({ error }) => lose(error),
          ...(path === undefined ? {} : { path }),
        });
      } catch (error) {
        lose(error);
        if (!(error instanceof ConnectorError)) throw error;
        if (!this.#isOwnConflict(error, part, progress)) throw this.#read(error);
        // The earlier attempt may still be in progress there, and fail.
        const delay = retryDelay(new RetryableError(error.message), attempt, this.#conflictRetry);
        if (delay === undefined) {
          this.#logger.info(`Taken by an attempt whose answer was lost: ${error.message}`);
          return undefined;
        }
        await pause(delay, signal);
        signal.throwIfAborted();
      }
    }
  }

  get #conflictRetry() {
    const { max_retries, retry_delay: delay, max_retry_delay: maxDelay } = this.#config;
    return { attempts: max_retries + 1, delay: Math.min(delay, maxDelay), maxDelay: Math.max(delay, maxDelay) };
  }

  #isOwnConflict(error: ConnectorError, part: Part, progress: BatchProgress): boolean {
    if (statusOf(error) !== CONFLICT || isConfigured(CONFLICT, this.#config)) return false;
    return part.indexes.every((index) => progress.wasLost(index));
  }

  #read(error: ConnectorError): ConnectorError {
    return readFailure(error, this.#config, { worked: this.#worked, addressVaries: this.#addressVaries });
  }

  #settle(part: Part, reply: HttpResponse, progress: BatchProgress): void {
    if (this.#readFailures === undefined) this.#warnOfMultiStatus(reply);
    const failed = this.#readFailures?.(part, reply, this.#worked) ?? [];
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

  #warnOfMultiStatus({ status }: HttpResponse): void {
    if (status !== MULTI_STATUS || this.#warned) return;
    this.#warned = true;
    this.#logger.warn("The destination answered 207, which may report failures of single messages: they are not read", {
      fix: "describe its answers with partial_failures",
    });
  }
}

/** Invariant 6: what some messages meet and others do not is their own. */
function blame({ progress, unclear }: Task): void {
  const [first] = unclear;
  if (first === undefined) return;
  if (progress.delivered === 0) throw first.error;
  for (const { part, error } of unclear) {
    const { message, code, fix } = error;
    reject(part, new RejectedError(message, { code, cause: error, ...(fix === undefined ? {} : { fix }) }), progress);
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
