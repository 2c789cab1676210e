import { statusOf } from "@iggy-connectors/http";
import {
  type CheckFinding,
  type CheckResult,
  type ConnectorContext,
  type ConsumeContext,
  type ConsumeResult,
  findingOf,
  type MessageBatch,
  type OpenContext,
  RejectedError,
  type RejectedMessage,
  RetryableError,
  type Sink,
  UnclassifiedError,
} from "@iggy-connectors/sdk";
import type { QuickwitSinkConfig } from "./config.ts";
import { type Documents, findDocuments, jsonDocuments } from "./documents.ts";
import { type IndexDefinition, parseIndexDefinition } from "./index-definition.ts";
import { type IngestReply, QuickwitApi } from "./quickwit-api.ts";
import { rejectedMessages } from "./rejections.ts";

const SMALLEST_LIMIT = 1024;
const TOO_LARGE = 413;
/** Single documents that may fail without one that is taken before a request is no longer divided. */
const MAX_UNCLEAR = 8;

/** How many documents of a batch Quickwit has accepted, so that a retry after a partial failure sends only the rest. */
interface Progress {
  readonly first: bigint;
  readonly last: bigint;
  sent: number;
  /** Documents that it has taken: the neighbours of one that fails. */
  taken: number;
  readonly rejected: RejectedMessage[];
  /** Refused for a reason that may be the document's or Quickwit's. */
  readonly unclear: { readonly offset: bigint; readonly error: UnclassifiedError }[];
}

/** Appends JSON documents to a Quickwit index through its REST API. */
export class QuickwitSink implements Sink {
  readonly #config: QuickwitSinkConfig;
  readonly #context: ConnectorContext;
  readonly #progress = new Map<string, Progress>();
  /** Shrinks when Quickwit answers that a request is too large. */
  #requestBytes: number;
  #index: IndexDefinition | undefined;
  #api: QuickwitApi | undefined;

  constructor(config: QuickwitSinkConfig, context: ConnectorContext) {
    this.#config = config;
    this.#context = context;
    this.#requestBytes = config.max_request_bytes;
  }

  async open({ signal }: OpenContext): Promise<void> {
    await this.#ensureIndex(signal);
  }

  async consume(batch: MessageBatch, { signal }: ConsumeContext): Promise<ConsumeResult> {
    const key = JSON.stringify([batch.stream, batch.topic, batch.partition, batch.history]);
    const progress = this.#progressOf(key, batch);
    const { documents, rejected } =
      batch.schema === "json" ? { documents: jsonDocuments(batch), rejected: [] } : findDocuments(batch);
    await this.#send(documents.slice(progress.sent, documents.length), progress, signal);
    this.#progress.delete(key);
    blame(progress);
    this.#log(batch, progress.rejected.length + rejected.length);
    return { rejected: [...rejected, ...progress.rejected] };
  }

  async check({ signal }: { readonly signal: AbortSignal }): Promise<CheckResult> {
    const findings: CheckFinding[] = [];
    try {
      const { api, index } = this.#connect();
      if (!(await api.indexExists(signal))) {
        findings.push({ level: "warning", message: `index ${index.id} does not exist: it will be created` });
      }
      if (this.#config.commit === "wait_for" && index.commitTimeout * 1000 >= this.#config.timeout) {
        findings.push({
          level: "warning",
          message: `a commit may take ${index.commitTimeout} s, which is longer than the request timeout`,
          fix: "raise timeout, lower commit_timeout_secs of the index, or use another commit mode",
        });
      }
    } catch (error) {
      findings.push(findingOf(error));
    }
    return { findings };
  }

  async close(): Promise<void> {
    await this.#api?.close();
  }

  #connect(): { api: QuickwitApi; index: IndexDefinition } {
    this.#index ??= parseIndexDefinition(this.#config.index);
    this.#api ??= new QuickwitApi(this.#config, this.#index, this.#context);
    return { api: this.#api, index: this.#index };
  }

  async #ensureIndex(signal: AbortSignal): Promise<void> {
    const { api, index } = this.#connect();
    if (await api.indexExists(signal)) return;
    const created = await api.createIndex(signal);
    this.#context.logger.info(
      created ? `Created index ${index.id}` : `Index ${index.id} was created by another client`,
    );
  }

  #progressOf(key: string, batch: MessageBatch): Progress {
    const known = this.#progress.get(key);
    if (known?.first === batch.firstOffset && known.last === batch.lastOffset) return known;
    const fresh: Progress = {
      first: batch.firstOffset,
      last: batch.lastOffset,
      sent: 0,
      taken: 0,
      rejected: [],
      unclear: [],
    };
    this.#progress.set(key, fresh);
    return fresh;
  }

  /** Sends in as many requests as the limit asks for, in order; halves requests that Quickwit rejects as too large. */
  async #send(documents: Documents, progress: Progress, signal: AbortSignal): Promise<void> {
    if (documents.length === 0) return;
    if (documents.bytes > this.#requestBytes && documents.length > 1)
      return this.#sendHalves(documents, progress, signal);
    let reply: IngestReply;
    try {
      reply = await this.#ingest(documents, signal);
    } catch (error) {
      if (error instanceof RejectedError && statusOf(error) !== TOO_LARGE)
        return this.#refused(documents, error, progress, signal);
      if (statusOf(error) !== TOO_LARGE) throw error;
      this.#requestBytes = Math.max(SMALLEST_LIMIT, Math.min(this.#requestBytes, Math.floor(documents.bytes / 2)));
      if (documents.length > 1) return this.#sendHalves(documents, progress, signal);
      progress.rejected.push({ offset: documents.offset(0), error: tooLarge(documents) });
      progress.sent += 1;
      return;
    }
    if (reply.num_docs_for_processing !== documents.length) {
      throw new RetryableError(
        `Quickwit accepted ${reply.num_docs_for_processing} of the ${documents.length} documents of a request`,
        { code: "IGC_SINK_QUICKWIT_REPLY", fix: "check Quickwit's log" },
      );
    }
    const rejected = rejectedMessages(documents, reply);
    progress.rejected.push(...rejected);
    progress.taken += documents.length - rejected.length;
    progress.sent += documents.length;
  }

  /** Invariant 6: Quickwit names documents that do not fit; a refusal of the whole request may be about one of them, or about itself. */
  async #refused(documents: Documents, cause: RejectedError, progress: Progress, signal: AbortSignal): Promise<void> {
    const { unclear, taken } = progress;
    // Where nothing at all is taken it is hardly a message's fault: the runtime looks for it, more slowly.
    const hopeless = unclear.length >= MAX_UNCLEAR && taken === 0;
    if (documents.length > 1 && !hopeless) return this.#sendHalves(documents, progress, signal);
    const { message } = cause;
    const error = new UnclassifiedError(message, {
      code: "IGC_SINK_QUICKWIT_UNCLEAR",
      cause,
      fix: "read Quickwit's reason: the document, the index or Quickwit has to be corrected",
    });
    for (let index = 0; index < documents.length; index++) unclear.push({ offset: documents.offset(index), error });
    progress.sent += documents.length;
  }

  async #sendHalves(documents: Documents, progress: Progress, signal: AbortSignal): Promise<void> {
    const middle = Math.ceil(documents.length / 2);
    await this.#send(documents.slice(0, middle), progress, signal);
    await this.#send(documents.slice(middle, documents.length), progress, signal);
  }

  async #ingest(documents: Documents, signal: AbortSignal): Promise<IngestReply> {
    const { api, index } = this.#connect();
    try {
      return await api.ingest(documents.lines(), signal);
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
      // The index was deleted while the connector ran, or is not yet known on every node.
      await this.#ensureIndex(signal).catch(notNow);
      throw new RetryableError(`Quickwit did not know index ${index.id}`, {
        code: "IGC_SINK_QUICKWIT_INDEX_GONE",
        fix: "none if it passes by itself: a missing index is created again",
        cause: error,
      });
    }
  }

  #log(batch: MessageBatch, rejected: number): void {
    const level = this.#config.verbose_logging ? "info" : "debug";
    this.#context.logger[level](`Ingested ${batch.length - rejected} documents`, {
      stream: batch.stream,
      topic: batch.topic,
      partition: batch.partition,
      rejected,
    });
  }
}

/** @throws UnclassifiedError where nothing was taken: then no message is known to be to blame. */
function blame({ taken, unclear, rejected }: Progress): void {
  const [first] = unclear;
  if (first === undefined) return;
  if (taken === 0) throw first.error;
  for (const { offset, error } of unclear) {
    const { message, code, fix } = error;
    rejected.push({
      offset,
      error: new RejectedError(message, { code, cause: error, ...(fix === undefined ? {} : { fix }) }),
    });
  }
}

/** That the index cannot be created again is no message's fault. */
function notNow(error: unknown): never {
  if (!(error instanceof RejectedError)) throw error;
  const { message, fix } = error;
  throw new RetryableError(message, {
    code: "IGC_SINK_QUICKWIT_INDEX_GONE",
    place: "index",
    cause: error,
    ...(fix === undefined ? {} : { fix }),
  });
}

function tooLarge(documents: Documents): RejectedError {
  return new RejectedError(`the document of ${documents.bytes} bytes is larger than Quickwit accepts`, {
    code: "IGC_SINK_QUICKWIT_TOO_LARGE",
    place: `offset ${documents.offset(0)}`,
    fix: "raise Quickwit's ingest_api.content_length_limit",
  });
}
