import { randomUUID } from "node:crypto";
import {
  type CheckContext,
  type CheckResult,
  type CommittedOffset,
  type ConnectorContext,
  ConnectorError,
  type ConsumeContext,
  type ConsumeResult,
  FatalError,
  findingOf,
  type MessageBatch,
  type OpenContext,
  type PartitionRef,
  RejectedError,
  type RejectedMessage,
  RetryableError,
  retry,
  type Sink,
  UnclassifiedError,
} from "@iggy-connectors/sdk";
import { checkDatabase } from "./check.ts";
import type { PostgresSinkConfig } from "./config.ts";
import { Database } from "./connection/database.ts";
import { type ConnectionSettings, connectionSettings } from "./connection/settings.ts";
import type { Transaction } from "./connection/transaction.ts";
import { blameOf, isIsolable, postgresError } from "./errors.ts";
import { OffsetTable } from "./offsets/offset-table.ts";
import { indexesOf, Partition } from "./offsets/partition.ts";
import type { Blame } from "./sql-states.ts";
import { prepareTable, sameTarget, type Target } from "./table/target-table.ts";
import { BatchWriter } from "./writing/batch-writer.ts";

/** What another connection, or some time, may cure. */
const PASSING: ReadonlySet<Blame> = new Set<Blame>(["session", "node", "target"]);
/** How often a table may change while one batch is being written. */
const CATALOG_ATTEMPTS = 3;

/** Writes each batch in one transaction, with the offset it reaches. */
export class PostgresSink implements Sink {
  readonly replays = true;
  readonly #config: PostgresSinkConfig;
  readonly #context: ConnectorContext;
  readonly #settings: ConnectionSettings;
  readonly #database: Database;
  readonly #offsets: OffsetTable | undefined;
  /** Names this run of the sink in the offset table. */
  readonly #run = randomUUID();
  readonly #partitions = new Map<string, Partition>();
  #writer: BatchWriter | undefined;
  /** When the catalog was read last, milliseconds of the monotonic clock. */
  #catalogReadAt = 0;

  constructor(config: PostgresSinkConfig, context: ConnectorContext) {
    this.#config = config;
    this.#context = context;
    this.#settings = connectionSettings(config, context);
    this.#database = new Database(this.#settings, context.logger);
    this.#offsets =
      config.offsets === "table" ? new OffsetTable(config.target_schema, config.offsets_table, context.key) : undefined;
  }

  async open({ signal }: OpenContext): Promise<void> {
    try {
      await this.#database.open(signal);
      const target = await this.#database.transaction(async (transaction) => {
        await this.#offsets?.prepare(transaction);
        return prepareTable(transaction, this.#config);
      }, signal);
      this.#use(new BatchWriter(this.#config, target));
    } catch (error) {
      throw openError(error, this.#config);
    }
    for (const name of this.#settings.unused) this.#context.logger.warn(unusedParameter(name));
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
      const unused = this.#settings.unused.map(
        (name) => ({ level: "warning", message: unusedParameter(name) }) as const,
      );
      return { findings: [...unused, ...findings] };
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
        onRetry: (notice) => {
          const { attempt, error } = notice;
          this.#context.logger.warn(`Trying again: ${postgresError(error).message}`, { attempt });
          this.#context.retrying?.({ ...notice, error: sinkError(error) });
        },
      });
    } catch (error) {
      throw sinkError(error);
    }
  }

  /**
   * Rejected rows are searched for only where there are some: each savepoint costs two round trips. Before that the catalog is
   * read again, as the table may have changed since.
   */
  async #deliver(
    batch: MessageBatch,
    partition: Partition | undefined,
    signal: AbortSignal,
  ): Promise<RejectedMessage[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#write(batch, partition, signal, false);
      } catch (error) {
        if (!isIsolable(error)) throw error;
        const changed = await this.#readCatalog(signal);
        if (!changed || attempt === CATALOG_ATTEMPTS) return this.#write(batch, partition, signal, true);
      }
    }
  }

  async #write(
    batch: MessageBatch,
    partition: Partition | undefined,
    signal: AbortSignal,
    isolating: boolean,
  ): Promise<RejectedMessage[]> {
    const { schema_refresh } = this.#config;
    const { written, recorded } = await this.#database.transaction(async (transaction) => {
      const claim = await partition?.claim(transaction, batch);
      const writer =
        performance.now() - this.#catalogReadAt >= schema_refresh
          ? this.#writerFor(await prepareTable(transaction, this.#config))
          : (this.#writer as BatchWriter);
      const written = await writer.write(transaction, batch, claim?.open ?? indexesInOrder(batch), isolating);
      if (claim === undefined || partition === undefined) return { written, recorded: undefined };
      const rejected = [...written.rejected.keys()].sort((one, other) => (one < other ? -1 : 1));
      return { written, recorded: await partition.record(transaction, batch, claim, rejected) };
    }, signal);
    if (recorded !== undefined) partition?.committed(recorded);
    if (written.target !== this.#writer?.target) this.#use(this.#writerFor(written.target));
    return [...written.rejected].map(([offset, error]) => ({ offset, error }));
  }

  /** Whether the table is another one than it was when the catalog was read before. */
  async #readCatalog(signal: AbortSignal): Promise<boolean> {
    const target = await this.#database.transaction((transaction) => prepareTable(transaction, this.#config), signal);
    const writer = this.#writerFor(target);
    const changed = writer !== this.#writer;
    this.#use(writer);
    return changed;
  }

  /** The writer for the table as it is: the current one, if nothing changed. */
  #writerFor(target: Target): BatchWriter {
    const writer = this.#writer;
    return writer !== undefined && sameTarget(writer.target, target) ? writer : new BatchWriter(this.#config, target);
  }

  #use(writer: BatchWriter): void {
    this.#writer = writer;
    this.#catalogReadAt = performance.now();
  }

  async #inTransaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    try {
      return await this.#database.transaction(work, this.#context.signal);
    } catch (error) {
      throw sinkError(error);
    }
  }

  /** Undefined where no offset is kept: replayed dead letters come in any order, and say nothing about those of their partition. */
  #partition(ref: PartitionRef): Partition | undefined {
    if (this.#offsets === undefined || ref.replay === true) return undefined;
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

/** Why the sink cannot start. Two tasks that create a table at once may meet an error that says nothing about messages. */
function openError(error: unknown, { password_file }: PostgresSinkConfig): unknown {
  if (isBug(error)) return error;
  const known = postgresError(error);
  // A password that is rotated may not be the server's yet, or be it already.
  const rotates = password_file !== undefined && blameOf(error) === "credentials";
  const passes = rotates || known instanceof RejectedError || known instanceof UnclassifiedError;
  return passes ? retryable(known, error) : known;
}

function unusedParameter(name: string): string {
  return `the parameter ${name} of connection_string has no effect`;
}

/**
 * Why a batch is not written. What was right when the sink started may be right again: a table that is replaced, a privilege, a
 * password that is changed on both sides. So it is retried, and the state says what is to be done.
 */
function sinkError(error: unknown): unknown {
  if (isBug(error)) return error;
  const known = postgresError(error);
  return known instanceof RejectedError || known instanceof FatalError ? retryable(known, error) : known;
}

function retryable({ message, code, fix }: ConnectorError, cause: unknown): RetryableError {
  return new RetryableError(message, { code, cause, ...(fix === undefined ? {} : { fix }) });
}

/** Whether another attempt at once may succeed. An error of ours, such as that of a stale writer, is not cured by it. */
function passes(error: unknown): boolean {
  if (error instanceof ConnectorError || isBug(error)) return false;
  return PASSING.has(blameOf(error));
}

/** A bug, not an error of the database. */
function isBug(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError;
}

/**
 * Which messages to write, the oldest first. Dead letters that are delivered again may be of several histories of their partition, in
 * which their offsets say nothing about what came first.
 */
function indexesInOrder(batch: MessageBatch): number[] {
  const indexes = indexesOf(batch);
  if (batch.replay !== true) return indexes;
  return indexes.sort((one, other) => batch.timestamp(one) - batch.timestamp(other));
}

function partitionName({ stream, topic, partition }: PartitionRef): string {
  return JSON.stringify([stream, topic, partition]);
}
