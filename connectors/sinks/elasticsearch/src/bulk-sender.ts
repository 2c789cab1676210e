import { type BatchProgress, statusOf } from "@iggy-connectors/http";
import {
  type Logger,
  type MessageBatch,
  pause,
  RejectedError,
  RetryableError,
  type RetryOptions,
  retryDelay,
  runConcurrently,
} from "@iggy-connectors/sdk";
import type { Addressing } from "./addressing.ts";
import { type ReplyPolicy, readBulkReply } from "./bulk-reply.ts";
import { type BulkRequest, BulkRequests } from "./bulk-requests.ts";
import type { ClusterApi } from "./cluster-api.ts";
import type { ElasticsearchSinkConfig } from "./config.ts";
import type { DocumentWriter } from "./documents.ts";
import type { Indices } from "./indices.ts";

const TOO_LARGE = 413;
const SMALLEST_LIMIT = 1024;

/** One batch that is being sent. */
interface Task {
  readonly batch: MessageBatch;
  readonly progress: BatchProgress;
  readonly signal: AbortSignal;
}

/** Messages that are to be retried, and why; without a failure there are none. */
interface OpenMessages {
  readonly indexes: readonly number[];
  readonly failure: RetryableError | undefined;
}

/** Sends batches as bulk requests, and records the outcome of each message. */
export class BulkSender {
  readonly #api: ClusterApi;
  readonly #indices: Indices;
  readonly #writers: { readonly addressing: Addressing; readonly documents: DocumentWriter };
  readonly #logger: Logger;
  readonly #policy: ReplyPolicy;
  readonly #retry: RetryOptions;
  readonly #concurrency: number;
  /** Documents with equal ids are written in the order of their messages, also when one is retried. */
  readonly #ordered: boolean;
  readonly #documents: number;
  /** Shrinks when the server answers that a request is too large. */
  #bytes: number;
  #requests = 0;

  constructor(
    config: ElasticsearchSinkConfig,
    writers: { readonly addressing: Addressing; readonly documents: DocumentWriter },
    { api, indices, logger }: { readonly api: ClusterApi; readonly indices: Indices; readonly logger: Logger },
  ) {
    this.#api = api;
    this.#indices = indices;
    this.#writers = writers;
    this.#logger = logger;
    const { identity, variesPerMessage } = writers.addressing;
    const versioned = config.version === "offset";
    const replaces = (config.op_type ?? (config.data_stream ? "create" : "index")) === "index";
    this.#policy = {
      conflictIsDone: versioned || identity === "message",
      indexByMessage: variesPerMessage,
      createsIndexes: config.create_index_if_not_exists,
    };
    this.#ordered = identity === "value" && !versioned && replaces;
    this.#concurrency = this.#ordered ? 1 : config.max_in_flight_requests;
    this.#retry = {
      attempts: config.max_retries + 1,
      delay: Math.min(config.retry_delay, config.max_retry_delay),
      maxDelay: Math.max(config.retry_delay, config.max_retry_delay),
      multiplier: config.retry_backoff_multiplier,
    };
    this.#documents = config.batch_size;
    this.#bytes = config.max_request_bytes;
  }

  get requests(): number {
    return this.#requests;
  }

  /** Several requests at once. The first failure ends it when those on their way have ended. */
  async send(batch: MessageBatch, progress: BatchProgress, signal: AbortSignal): Promise<void> {
    const task = { batch, progress, signal };
    const requests = this.#requestsOf(task, progress.open());
    await runConcurrently(this.#concurrency, () => {
      const request = requests.next();
      return request === undefined ? undefined : () => this.#deliver(task, request, 1);
    });
  }

  #requestsOf({ batch, progress }: Task, indexes: readonly number[]): BulkRequests {
    const limits = { bytes: this.#bytes, documents: this.#documents };
    return new BulkRequests(batch, indexes, this.#writers, limits, (index, message) => {
      progress.reject(message);
      progress.ended(index);
    });
  }

  /** Until every message of it has ended. */
  async #deliver(task: Task, request: BulkRequest, attempt: number): Promise<void> {
    let open: OpenMessages;
    try {
      await this.#indices.ensure(new Set(request.names), task.signal);
      this.#requests += 1;
      const reply = await this.#api.bulk(request.body, task.signal);
      open = this.#settle(task, request, reply.json());
    } catch (error) {
      if (error instanceof RejectedError) return this.#divide(task, request, error, attempt);
      if (!(error instanceof RetryableError)) throw error;
      open = { indexes: request.indexes, failure: error };
    }
    if (open.failure === undefined) return;
    await this.#pause(open.failure, open.indexes.length, attempt, task.signal);
    await this.#deliverAll(task, open.indexes, attempt + 1);
  }

  /** One after the other. */
  async #deliverAll(task: Task, indexes: readonly number[], attempt: number): Promise<void> {
    const requests = this.#requestsOf(task, indexes);
    for (let request = requests.next(); request !== undefined; request = requests.next()) {
      await this.#deliver(task, request, attempt);
    }
  }

  /** Invariant 6: a request that is rejected as a whole is halved until the messages that cause it are alone. */
  async #divide(task: Task, request: BulkRequest, error: RejectedError, attempt: number): Promise<void> {
    const { indexes, body } = request;
    const tooLarge = statusOf(error) === TOO_LARGE;
    if (indexes.length === 1) {
      task.progress.reject({ offset: task.batch.offset(indexes[0]!), error: tooLarge ? tooLargeError(body) : error });
      task.progress.ended(indexes[0]!);
      return;
    }
    if (tooLarge) this.#bytes = Math.max(SMALLEST_LIMIT, Math.min(this.#bytes, Math.floor(body.length / 2)));
    const middle = Math.ceil(indexes.length / 2);
    await this.#deliverAll(task, indexes.slice(0, middle), attempt);
    await this.#deliverAll(task, indexes.slice(middle), attempt);
  }

  /** Records the outcome of each message; those that are to be retried are returned. */
  #settle({ batch, progress }: Task, request: BulkRequest, reply: unknown): OpenMessages {
    const outcomes = readBulkReply(reply, request.indexes.length, this.#policy);
    const indexes: number[] = [];
    const openActions = new Set<string>();
    let failure: RetryableError | undefined;
    for (const [position, outcome] of outcomes.entries()) {
      const index = request.indexes[position]!;
      const action = request.actions[position]!;
      if (outcome.kind === "fatal") throw outcome.error;
      if (outcome.kind === "rejected") progress.reject({ offset: batch.offset(index), error: outcome.error });
      else if (outcome.kind !== "done") {
        failure ??= outcome.error;
        indexes.push(index);
        openActions.add(action);
        if (outcome.kind === "index_missing") this.#indices.forget(request.names[position]!);
        continue;
      } else if (this.#ordered && openActions.has(action)) {
        // The retried older document would replace this newer one with the same id: it is sent again behind it.
        indexes.push(index);
        continue;
      }
      progress.ended(index);
    }
    return { indexes, failure };
  }

  /** @throws the failure when the attempts are used up: the runtime retries what is open. */
  async #pause(failure: RetryableError, open: number, attempt: number, signal: AbortSignal): Promise<void> {
    const delay = retryDelay(failure, attempt, this.#retry);
    if (delay === undefined) throw failure;
    const fields = { attempt, delay_ms: Math.round(delay), documents: open };
    this.#logger.warn(`Trying again: ${failure.message}`, fields);
    await pause(delay, signal);
    signal.throwIfAborted();
  }
}

function tooLargeError(body: Uint8Array): RejectedError {
  return new RejectedError(`the document makes a request of ${body.length} bytes, more than the server accepts`, {
    code: "IGC_SINK_ELASTICSEARCH_TOO_LARGE",
    place: "max_request_bytes",
    fix: "raise http.max_content_length of the server, or make the document smaller",
  });
}
