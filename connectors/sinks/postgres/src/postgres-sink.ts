import { randomUUID } from "node:crypto";
import {
  type CheckContext,
  type CheckResult,
  type CommittedOffset,
  type ConnectorContext,
  ConnectorError,
  type ConsumeContext,
  type ConsumeResult,
  findingOf,
  type MessageBatch,
  type OpenContext,
  type PartitionRef,
  type RejectedMessage,
  RetryableError,
  retry,
  type Sink,
} from "@iggy-connectors/sdk";
import { checkDatabase } from "./check.ts";
import type { PostgresSinkConfig } from "./config.ts";
import { Database } from "./connection/database.ts";
import { connectionSettings } from "./connection/settings.ts";
import type { Transaction } from "./connection/transaction.ts";
import { meaningOf, postgresError } from "./errors.ts";
import { OffsetTable } from "./offsets/offset-table.ts";
import { indexesOf, Partition, type Recorded } from "./offsets/partition.ts";
import { prepareTable } from "./table/target-table.ts";
import { BatchWriter } from "./writing/batch-writer.ts";

/** Writes each batch in one transaction, with the offset it reaches. */
export class PostgresSink implements Sink {
  readonly #config: PostgresSinkConfig;
  readonly #context: ConnectorContext;
  readonly #database: Database;
  readonly #offsets: OffsetTable | undefined;
  /** Names this run of the sink in the offset table. */
  readonly #run = randomUUID();
  readonly #partitions = new Map<string, Partition>();
  #writer: BatchWriter | undefined;

  constructor(config: PostgresSinkConfig, context: ConnectorContext) {
    this.#config = config;
    this.#context = context;
    this.#database = new Database(connectionSettings(config, context), context.logger);
    this.#offsets =
      config.offsets === "table" ? new OffsetTable(config.target_schema, config.offsets_table, context.key) : undefined;
  }

  async open({ signal }: OpenContext): Promise<void> {
    try {
      await this.#database.open(signal);
      const columns = await this.#database.transaction(async (transaction) => {
        await this.#offsets?.prepare(transaction);
        return prepareTable(transaction, this.#config);
      }, signal);
      this.#writer = new BatchWriter(this.#config, columns);
    } catch (error) {
      throw sinkError(error);
    }
    if (this.#offsets?.complete === false) {
      this.#context.logger.warn(
        `${this.#offsets.name} was made by an earlier version, and its columns history and last_timestamp cannot be added: a topic that is deleted and created again is not recognised`,
      );
    }
    if (this.#offsets === undefined) {
      this.#context.logger.info('delivery is at least once: offsets = "iggy" does not store them with the rows');
    }
  }

  async consume(batch: MessageBatch, { signal }: ConsumeContext): Promise<ConsumeResult> {
    if (batch.length === 0) return {};
    const partition = this.#partition(batch);
    const work = () => this.#deliverRepeatedly(batch, partition, signal);
    const rejected = partition === undefined ? await work() : await partition.guard.run(work);
    this.#report(batch, rejected.length);
    return { rejected };
  }

  async committed(ref: PartitionRef): Promise<CommittedOffset | undefined> {
    const partition = this.#partition(ref);
    return partition && this.#inTransaction((transaction) => partition.read(transaction, ref));
  }

  async ended(ref: PartitionRef, through: bigint): Promise<void> {
    const partition = this.#partition(ref);
    if (partition === undefined) return;
    partition.committed(await this.#inTransaction((transaction) => partition.end(transaction, ref, through)));
  }

  async reset(ref: PartitionRef, next: bigint): Promise<void> {
    const partition = this.#partition(ref);
    if (partition === undefined) return;
    partition.told(await this.#inTransaction((transaction) => partition.reset(transaction, ref, next)));
  }

  async revoked(refs: readonly PartitionRef[]): Promise<void> {
    for (const ref of refs) this.#partitions.delete(partitionName(ref));
  }

  async check({ signal }: CheckContext): Promise<CheckResult> {
    try {
      await this.#database.open(signal);
      const findings = await this.#database.transaction(
        (transaction) => checkDatabase(transaction, this.#config, this.#offsets),
        signal,
      );
      return { findings };
    } catch (error) {
      return { findings: [findingOf(postgresError(error))] };
    }
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  /** `max_retries` and `retry_delay` as the original means them: attempts in all, each delay longer by the same. */
  async #deliverRepeatedly(
    batch: MessageBatch,
    partition: Partition | undefined,
    signal: AbortSignal,
  ): Promise<RejectedMessage[]> {
    const { max_retries, retry_delay } = this.#config;
    try {
      return await retry(() => this.#deliver(batch, partition, signal), {
        signal,
        delayAfter: (error, attempt) =>
          passes(error) && attempt < max_retries && !signal.aborted ? retry_delay * attempt : undefined,
        onRetry: ({ attempt, error }) =>
          this.#context.logger.warn(`Trying again: ${postgresError(error).message}`, { attempt }),
      });
    } catch (error) {
      throw sinkError(error);
    }
  }

  /** Rejected rows are searched for only where there are some: each savepoint costs two round trips. */
  async #deliver(
    batch: MessageBatch,
    partition: Partition | undefined,
    signal: AbortSignal,
  ): Promise<RejectedMessage[]> {
    try {
      return await this.#write(batch, partition, signal, false);
    } catch (error) {
      if (meaningOf(error) !== "rejected") throw error;
      return this.#write(batch, partition, signal, true);
    }
  }

  async #write(
    batch: MessageBatch,
    partition: Partition | undefined,
    signal: AbortSignal,
    isolating: boolean,
  ): Promise<RejectedMessage[]> {
    const writer = this.#writer as BatchWriter;
    const { written, recorded } = await this.#database.transaction(async (transaction) => {
      const claim = await partition?.claim(transaction, batch);
      const written = await writer.write(transaction, batch, claim?.open ?? indexesOf(batch), isolating);
      if (claim === undefined || partition === undefined)
        return { written, recorded: undefined as Recorded | undefined };
      const rejected = [...written.rejected.keys()].sort((one, other) => (one < other ? -1 : 1));
      return { written, recorded: await partition.record(transaction, batch, claim, rejected) };
    }, signal);
    if (recorded !== undefined) partition?.committed(recorded);
    writer.adopt(written.columns);
    return [...written.rejected].map(([offset, error]) => ({ offset, error }));
  }

  async #inTransaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    try {
      return await this.#database.transaction(work, this.#context.signal);
    } catch (error) {
      throw sinkError(error);
    }
  }

  #partition(ref: PartitionRef): Partition | undefined {
    if (this.#offsets === undefined) return undefined;
    const name = partitionName(ref);
    let partition = this.#partitions.get(name);
    if (partition === undefined) {
      partition = new Partition(this.#offsets, this.#run);
      this.#partitions.set(name, partition);
    }
    return partition;
  }

  #report({ stream, topic, partition, length }: MessageBatch, rejected: number): void {
    const fields = { stream, topic, partition, rows: length - rejected, ...(rejected > 0 ? { rejected } : {}) };
    const { logger } = this.#context;
    if (this.#config.verbose_logging) logger.info("Wrote a batch", fields);
    else logger.debug("Wrote a batch", fields);
  }
}

/**
 * Rejected rows are found one by one; whatever else the database rejects, such as two tasks that create a table at once, says
 * nothing about messages.
 */
function sinkError(error: unknown): unknown {
  if (isBug(error)) return error;
  const known = postgresError(error);
  if (meaningOf(error) !== "rejected") return known;
  const { message, code, fix } = known;
  return new RetryableError(message, { code, cause: error, ...(fix === undefined ? {} : { fix }) });
}

/** Whether another attempt may succeed. An error of ours, such as that of a stale writer, is not cured by trying again at once. */
function passes(error: unknown): boolean {
  return !(error instanceof ConnectorError) && !isBug(error) && meaningOf(error) === "retryable";
}

/** A bug, not an error of the database. */
function isBug(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError;
}

function partitionName({ stream, topic, partition }: PartitionRef): string {
  return JSON.stringify([stream, topic, partition]);
}
