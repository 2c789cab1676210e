import {
  type CheckFinding,
  type CheckResult,
  type ConnectorContext,
  ConnectorError,
  type ConsumeContext,
  type ConsumeResult,
  FatalError,
  type FlushContext,
  type MessageBatch,
  type OpenContext,
  type PartitionRef,
  type Sink,
} from "@iggy-connectors/sdk";
import type { S3SinkConfig } from "./config.ts";
import { byteFormat } from "./formats/byte-format.ts";
import type { Format } from "./formats/format.ts";
import { parquetFormat } from "./formats/parquet-format.ts";
import { FolderTemplate } from "./names.ts";
import { PartitionObjects, type PartitionParts } from "./partition-objects.ts";
import { findGuarantee, type Guarantee } from "./store/guarantee.ts";
import { ObjectStore } from "./store/object-store.ts";

interface Partition {
  readonly ref: PartitionRef;
  readonly objects: PartitionObjects;
  /** Ends when the last piece of work on this partition has. */
  tail: Promise<unknown>;
  consuming: boolean;
}

interface Opened {
  readonly store: ObjectStore;
  readonly format: Format;
  /** Conditional writes are honoured and wanted. */
  readonly exactlyOnce: boolean;
}

/** Archives each partition as a chain of objects on S3; `consume` gathers, `flush` writes. */
export class S3Sink implements Sink {
  readonly #config: S3SinkConfig;
  readonly #context: ConnectorContext;
  readonly #folders: FolderTemplate;
  readonly #partitions = new Map<string, Partition>();
  readonly #onWritten: PartitionParts["onWritten"];
  #opened: Opened | undefined;

  constructor(config: S3SinkConfig, context: ConnectorContext) {
    this.#config = config;
    this.#context = context;
    this.#folders = new FolderTemplate(config.prefix, config.path_template);
    const objects = context.metrics.counter("s3_objects_total", "Objects written");
    const bytes = context.metrics.counter("s3_bytes_total", "Bytes of objects written, after compression");
    this.#onWritten = (_messages, length) => {
      objects.add(1);
      bytes.add(length);
    };
  }

  async open({ signal }: OpenContext): Promise<void> {
    const config = this.#config;
    const store = await ObjectStore.connect(config, this.#context.logger);
    try {
      const guarantee = await findGuarantee(store, config, signal);
      this.#opened = { store, format: await formatOf(config), exactlyOnce: guarantee.exactlyOnce };
      this.#announce(guarantee);
    } catch (error) {
      store.close();
      throw error;
    }
  }

  async consume(batch: MessageBatch, { signal }: ConsumeContext): Promise<ConsumeResult> {
    const partition = this.#partition(batch);
    if (partition.consuming) {
      throw new FatalError("the S3 sink takes one batch of a partition after the other", {
        code: "IGC_SINK_S3_ORDER",
        place: "max_in_flight",
        fix: "set max_in_flight = 1",
      });
    }
    partition.consuming = true;
    try {
      return await exclusively(partition, (objects) => objects.take(batch, signal));
    } finally {
      partition.consuming = false;
    }
  }

  /** Partitions side by side; how many requests that makes at once, `parallel_uploads` says. */
  async flush({ signal }: FlushContext): Promise<void> {
    const flushes = [...this.#partitions.values()].map((partition) =>
      exclusively(partition, (objects) => objects.flush(signal)),
    );
    // All have ended before it fails: nothing is written behind the runtime's back.
    const failed = (await Promise.allSettled(flushes)).find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
  }

  async committed(ref: PartitionRef): Promise<bigint | undefined> {
    if (!this.#open().exactlyOnce) return undefined;
    return exclusively(this.#partition(ref), (objects) => objects.position(this.#context.signal));
  }

  async reset(ref: PartitionRef, next: bigint): Promise<void> {
    await exclusively(this.#partition(ref), async (objects) => {
      if (this.#open().exactlyOnce) await objects.reset(next, this.#context.signal);
      else objects.discard();
    });
  }

  async revoked(refs: readonly PartitionRef[]): Promise<void> {
    for (const ref of refs) await exclusively(this.#partition(ref), async (objects) => objects.discard());
  }

  async check({ signal }: { readonly signal: AbortSignal }): Promise<CheckResult> {
    const config = this.#config;
    const store = await ObjectStore.connect({ ...config, max_attempts: 1 }, this.#context.logger);
    try {
      const { reason } = await findGuarantee(store, config, signal, true);
      if (reason === undefined) return { findings: [] };
      return { findings: [finding("warning", `delivery is at least once: ${reason.message}`, reason.fix)] };
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      return { findings: [finding("error", error.message, error.fix)] };
    } finally {
      store.close();
    }
  }

  /** What was not flushed is dropped: it was never acknowledged and comes again. */
  async close(): Promise<void> {
    await Promise.all([...this.#partitions.values()].map(({ tail }) => tail));
    this.#partitions.clear();
    this.#opened?.store.close();
  }

  #announce({ exactlyOnce, reason }: Guarantee): void {
    const { logger } = this.#context;
    if (exactlyOnce) logger.info("delivery is exactly once: the store honours conditional writes");
    else if (reason === undefined) logger.info('delivery is at least once, as delivery = "at_least_once" says');
    else logger.warn(`delivery is at least once: ${reason.message}`, { fix: reason.fix });
  }

  #open(): Opened {
    if (this.#opened === undefined) throw new Error("the sink was not opened");
    return this.#opened;
  }

  #partition({ stream, topic, partition }: PartitionRef): Partition {
    const name = JSON.stringify([stream, topic, partition]);
    const known = this.#partitions.get(name);
    if (known !== undefined) return known;
    const { store, format } = this.#open();
    const ref = { stream, topic, partition };
    const objects = new PartitionObjects(ref, {
      connector: this.#context.key,
      config: this.#config,
      store,
      format,
      folders: this.#folders,
      logger: this.#context.logger,
      onWritten: this.#onWritten,
    });
    const made: Partition = { ref, objects, tail: Promise.resolve(), consuming: false };
    this.#partitions.set(name, made);
    return made;
  }
}

/** Work on one partition never overlaps: a flush may come while a batch is taken. */
function exclusively<T>(partition: Partition, work: (objects: PartitionObjects) => Promise<T>): Promise<T> {
  const result = partition.tail.then(() => work(partition.objects));
  partition.tail = result.catch(() => undefined);
  return result;
}

function formatOf(config: S3SinkConfig): Format | Promise<Format> {
  return config.output_format === "parquet" ? parquetFormat(config) : byteFormat(config);
}

function finding(level: CheckFinding["level"], message: string, fix: string | undefined): CheckFinding {
  return { level, message, ...(fix === undefined ? {} : { fix }) };
}
