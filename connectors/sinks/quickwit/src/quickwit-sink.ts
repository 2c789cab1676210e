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
} from "@iggy-connectors/sdk";
import type { QuickwitSinkConfig } from "./config.ts";
import { type Documents, findDocuments, jsonDocuments } from "./documents.ts";
import { type IndexDefinition, parseIndexDefinition } from "./index-definition.ts";
import { type IngestReply, QuickwitApi } from "./quickwit-api.ts";
import { rejectedMessages } from "./rejections.ts";

const SMALLEST_LIMIT = 1024;

/** How many documents of a batch Quickwit has accepted, so that a retry after a partial failure sends only the rest. */
interface Progress {
  readonly first: bigint;
  readonly last: bigint;
  sent: number;
  readonly rejected: RejectedMessage[];
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
    const fresh: Progress = { first: batch.firstOffset, last: batch.lastOffset, sent: 0, rejected: [] };
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
      if (statusOf(error) !== 413) throw error;
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
    progress.rejected.push(...rejectedMessages(documents, reply));
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
      await this.#ensureIndex(signal);
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

function tooLarge(documents: Documents): RejectedError {
  return new RejectedError(`the document of ${documents.bytes} bytes is larger than Quickwit accepts`, {
    code: "IGC_SINK_QUICKWIT_TOO_LARGE",
    place: `offset ${documents.offset(0)}`,
    fix: "raise Quickwit's ingest_api.content_length_limit",
  });
}
