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
  UnclassifiedError,
} from "@iggy-connectors/sdk";
import type { ClusterApi } from "../cluster/cluster-api.ts";
import type { Indices } from "../cluster/indices.ts";
import type { ElasticsearchSinkConfig } from "../config.ts";
import type { Addressing } from "../documents/addressing.ts";
import type { DocumentWriter } from "../documents/documents.ts";
import type { ServerError } from "./blame.ts";
import { outcomeOf, type ReplyPolicy, readBulkReply } from "./bulk-reply.ts";
import { type BulkRequest, BulkRequests } from "./bulk-requests.ts";

const TOO_LARGE = 413;
const SMALLEST_LIMIT = 1024;
/** Single messages that may fail without one that is taken before a request is no longer divided. */
const MAX_UNCLEAR = 8;
const UNCLEAR = "IGC_SINK_ELASTICSEARCH_UNCLEAR";

/** One batch that is being sent. */
interface Task {
  readonly batch: MessageBatch;
  readonly progress: BatchProgress;
  readonly signal: AbortSignal;
  /** Messages that failed for a reason which may be theirs or the cluster's. */
  readonly unclear: Unclear[];
}

interface Unclear {
  readonly index: number;
  readonly error: UnclassifiedError;
}

/** Messages that are to be retried, and why; without a failure there are none. */
interface OpenMessages {
  readonly indexes: readonly number[];
  readonly failure: RetryableError | undefined;
  /** Those of them that failed for an unknown reason. */
  readonly unclear: readonly Unclear[];
}

const NOTHING_OPEN: OpenMessages = { indexes: [], failure: undefined, unclear: [] };

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

  /**
   * Several requests at once. The first failure ends it when those on their way have ended.
   * @throws UnclassifiedError when messages failed for a reason that may be theirs or the cluster's, and no other was indexed.
   */
  async send(batch: MessageBatch, progress: BatchProgress, signal: AbortSignal): Promise<void> {
    const task: Task = { batch, progress, signal, unclear: [] };
    const requests = this.#requestsOf(task, progress.open());
    await runConcurrently(this.#concurrency, () => {
      const request = requests.next();
      return request === undefined ? undefined : () => this.#deliver(task, request, 1);
    });
    this.#blame(task);
  }

  /** Invariant 6: what one message meets and its neighbours do not is that message's own. */
  #blame({ batch, progress, unclear }: Task): void {
    const [first] = unclear;
    if (first === undefined) return;
    if (progress.delivered === 0) throw first.error;
    for (const { index, error } of unclear) {
      const { message, code, fix } = error;
      const rejection = new RejectedError(message, { code, cause: error, ...(fix === undefined ? {} : { fix }) });
      progress.reject(index, { offset: batch.offset(index), error: rejection });
    }
  }

  #requestsOf({ batch, progress }: Task, indexes: readonly number[]): BulkRequests {
    const limits = { bytes: this.#bytes, documents: this.#documents };
    return new BulkRequests(batch, indexes, this.#writers, limits, (index, message) => progress.reject(index, message));
  }

  /** Until every message of it has ended. */
  async #deliver(task: Task, request: BulkRequest, attempt: number): Promise<void> {
    let open: OpenMessages;
    let refusal: ServerError | undefined;
    try {
      await this.#ensure(request, task.signal);
      this.#requests += 1;
      const reply = await this.#api.bulk(request.body, task.signal);
      if ("error" in reply) refusal = reply.error;
      open = "items" in reply ? this.#settle(task, request, reply.items) : NOTHING_OPEN;
    } catch (error) {
      if (error instanceof RejectedError) return this.#divide(task, request, error, attempt);
      if (!(error instanceof RetryableError)) throw error;
      open = { indexes: request.indexes, failure: error, unclear: [] };
    }
    if (refusal === undefined) await this.#again(task, open, attempt);
    else await this.#refused(task, request, refusal, attempt);
  }

  /** A name that no message chose is no message's fault. */
  async #ensure({ names }: BulkRequest, signal: AbortSignal): Promise<void> {
    try {
      await this.#indices.ensure(new Set(names), signal);
    } catch (error) {
      if (this.#policy.indexByMessage || !(error instanceof RejectedError)) throw error;
      const { message, code, place, fix } = error;
      throw new RetryableError(message, {
        code,
        cause: error,
        ...(place === undefined ? {} : { place }),
        ...(fix === undefined ? {} : { fix }),
      });
    }
  }

  /** The server refused the whole request, with an error as it gives for single documents. */
  async #refused(task: Task, request: BulkRequest, error: ServerError, attempt: number): Promise<void> {
    const outcome = outcomeOf(error, { ...this.#policy, conflictIsDone: false });
    if (outcome.kind === "done") return;
    if (outcome.kind === "fatal") throw outcome.error;
    if (outcome.kind === "retry" || outcome.kind === "index_missing") {
      for (const name of request.names) this.#indices.forget(name);
      return this.#again(task, { indexes: request.indexes, failure: outcome.error, unclear: [] }, attempt);
    }
    const { message, code } = outcome.error;
    const unclear = new UnclassifiedError(message, { code: outcome.kind === "unknown" ? code : UNCLEAR });
    return this.#divide(task, request, unclear, attempt);
  }

  async #again(task: Task, open: OpenMessages, attempt: number): Promise<void> {
    if (open.failure === undefined) return;
    const delay = retryDelay(open.failure, attempt, this.#retry);
    if (delay === undefined && open.unclear.length === open.indexes.length) {
      task.unclear.push(...open.unclear);
      return;
    }
    await this.#pause(open.failure, { delay, open: open.indexes.length, attempt }, task.signal);
    await this.#deliverAll(task, open.indexes, attempt + 1);
  }

  /** One after the other. */
  async #deliverAll(task: Task, indexes: readonly number[], attempt: number): Promise<void> {
    const requests = this.#requestsOf(task, indexes);
    for (let request = requests.next(); request !== undefined; request = requests.next()) {
      await this.#deliver(task, request, attempt);
    }
  }

  /** Invariant 6: a request that is refused as a whole is halved until the messages that cause it are alone. */
  async #divide(
    task: Task,
    request: BulkRequest,
    error: RejectedError | UnclassifiedError,
    attempt: number,
  ): Promise<void> {
    const { indexes, body } = request;
    const tooLarge = statusOf(error) === TOO_LARGE;
    if (indexes.length === 1) {
      const index = indexes[0]!;
      if (error instanceof UnclassifiedError) {
        task.unclear.push({ index, error });
        return;
      }
      const reason = tooLarge ? tooLargeError(body) : error;
      task.progress.reject(index, { offset: task.batch.offset(index), error: reason });
      return;
    }
    if (tooLarge) this.#bytes = Math.max(SMALLEST_LIMIT, Math.min(this.#bytes, Math.floor(body.length / 2)));
    // Where nothing at all is taken it is hardly a message's fault: the runtime looks for it, more slowly.
    const { unclear, progress } = task;
    if (unclear.length >= MAX_UNCLEAR && progress.delivered === 0) throw unclear[0]!.error;
    const middle = Math.ceil(indexes.length / 2);
    await this.#deliverAll(task, indexes.slice(0, middle), attempt);
    await this.#deliverAll(task, indexes.slice(middle), attempt);
  }

  /** Records the outcome of each message; those that are to be retried are returned. */
  #settle({ batch, progress, unclear }: Task, request: BulkRequest, reply: unknown): OpenMessages {
    const outcomes = readBulkReply(reply, request.indexes.length, this.#policy);
    const indexes: number[] = [];
    const openActions = new Set<string>();
    const again: Unclear[] = [];
    let failure: RetryableError | undefined;
    for (const [position, outcome] of outcomes.entries()) {
      const index = request.indexes[position]!;
      const action = request.actions[position]!;
      switch (outcome.kind) {
        case "fatal":
          throw outcome.error;
        case "rejected":
          progress.reject(index, { offset: batch.offset(index), error: outcome.error });
          continue;
        case "unknown":
          if (!outcome.again) {
            unclear.push({ index, error: outcome.error });
            continue;
          }
          again.push({ index, error: outcome.error });
          failure ??= new RetryableError(outcome.error.message, { code: outcome.error.code });
          break;
        case "done":
          // Behind an older document with the same id that is retried: that one would replace this newer one.
          if (this.#ordered && openActions.has(action)) break;
          progress.ended(index);
          continue;
        default:
          failure ??= outcome.error;
          if (outcome.kind === "index_missing") this.#indices.forget(request.names[position]!);
      }
      indexes.push(index);
      openActions.add(action);
    }
    return { indexes, failure, unclear: again };
  }

  /** @throws the failure when the attempts are used up: the runtime retries what is open. */
  async #pause(
    failure: RetryableError,
    { delay, open, attempt }: { readonly delay: number | undefined; readonly open: number; readonly attempt: number },
    signal: AbortSignal,
  ): Promise<void> {
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
