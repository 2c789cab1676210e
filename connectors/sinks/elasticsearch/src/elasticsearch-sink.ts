import { Progress } from "@iggy-connectors/http";
import {
  type CheckContext,
  type CheckResult,
  type ConnectorContext,
  type ConsumeContext,
  type ConsumeResult,
  FatalError,
  findingOf,
  type MessageBatch,
  type OpenContext,
  type PartitionRef,
  RejectedError,
  type Sink,
  type StreamSelection,
} from "@iggy-connectors/sdk";
import { BulkSender } from "./bulk/bulk-sender.ts";
import { findings, sharedIds, weakerDelivery } from "./check.ts";
import { ClusterApi } from "./cluster/cluster-api.ts";
import { Indices } from "./cluster/indices.ts";
import { Nodes } from "./cluster/nodes.ts";
import type { ElasticsearchSinkConfig } from "./config.ts";
import { Addressing } from "./documents/addressing.ts";
import { DocumentWriter } from "./documents/documents.ts";

interface Connection {
  readonly addressing: Addressing;
  readonly api: ClusterApi;
  readonly indices: Indices;
  readonly sender: BulkSender;
}

/** Indexes messages as documents in Elasticsearch or OpenSearch. */
export class ElasticsearchSink implements Sink {
  readonly #config: ElasticsearchSinkConfig;
  readonly #context: ConnectorContext;
  readonly #progress = new Progress();
  #connection: Connection | undefined;
  #indexed = 0;
  #rejected = 0;

  constructor(config: ElasticsearchSinkConfig, context: ConnectorContext) {
    this.#config = config;
    this.#context = context;
  }

  async open({ signal }: OpenContext): Promise<void> {
    const { addressing, indices } = this.#connect();
    for (const { message, fix } of weakerDelivery({ addressing, config: this.#config })) {
      this.#context.logger.warn(`Delivery is at least once: ${message}`, { fix });
    }
    for (const { level, message, fix } of sharedIds({ config: this.#config, streams: this.#streams })) {
      const details = {
        code: "IGC_SINK_ELASTICSEARCH_IDS",
        place: "document_id",
        ...(fix === undefined ? {} : { fix }),
      };
      if (level === "error") throw new FatalError(message, details);
      this.#context.logger.warn(message, { fix });
    }
    if (addressing.constantIndex === undefined) return;
    try {
      await indices.ensure(new Set([addressing.constantIndex]), signal);
    } catch (error) {
      if (!(error instanceof RejectedError)) throw error;
      // The cluster rejects the configuration here, not a message.
      const { message, code, fix } = error;
      throw new FatalError(message, { code, place: "index", ...(fix === undefined ? {} : { fix }), cause: error });
    }
  }

  async consume(batch: MessageBatch, { signal }: ConsumeContext): Promise<ConsumeResult> {
    if (batch.length === 0) return {};
    const { sender } = this.#connect();
    const progress = this.#progress.of(batch);
    await sender.send(batch, progress, signal);
    this.#progress.done(batch);
    this.#report(batch, progress.rejected.length);
    return { rejected: progress.rejected };
  }

  async revoked(partitions: readonly PartitionRef[]): Promise<void> {
    this.#progress.forget(partitions);
  }

  async check({ signal }: CheckContext): Promise<CheckResult> {
    const { logger } = this.#context;
    try {
      const { addressing, api } = this.#connect();
      return {
        findings: await findings({ config: this.#config, addressing, api, logger, streams: this.#streams }, signal),
      };
    } catch (error) {
      return { findings: [findingOf(error)] };
    }
  }

  async close(): Promise<void> {
    if (this.#connection === undefined) return;
    await this.#connection.api.close();
    this.#context.logger.info("Elasticsearch sink closed", {
      requests: this.#connection.sender.requests,
      indexed: this.#indexed,
      rejected: this.#rejected,
    });
  }

  get #streams(): readonly StreamSelection[] {
    return this.#context.streams ?? [];
  }

  #connect(): Connection {
    if (this.#connection !== undefined) return this.#connection;
    const config = this.#config;
    const { logger } = this.#context;
    const addressing = new Addressing(config);
    const api = new ClusterApi(new Nodes(config, this.#context), config);
    const options = { create: config.create_index_if_not_exists, dataStream: config.data_stream };
    const indices = new Indices(api, options, logger);
    const writers = { addressing, documents: new DocumentWriter(config) };
    const sender = new BulkSender(config, writers, { api, indices, logger });
    this.#connection = { addressing, api, indices, sender };
    return this.#connection;
  }

  #report(batch: MessageBatch, rejected: number): void {
    this.#indexed += batch.length - rejected;
    this.#rejected += rejected;
    const { stream, topic, partition } = batch;
    const level = this.#config.verbose_logging ? "info" : "debug";
    this.#context.logger[level](`Indexed ${batch.length - rejected} documents`, { stream, topic, partition, rejected });
  }
}
