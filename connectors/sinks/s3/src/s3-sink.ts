import {
  BatchGuard,
  type CheckResult,
  type CommittedOffset,
  type ConnectorContext,
  type ConsumeContext,
  type ConsumeResult,
  FatalError,
  type FlushContext,
  findingOf,
  type MessageBatch,
  type OpenContext,
  type PartitionRef,
  Sequence,
  type Sink,
} from "@iggy-connectors/sdk";
import type { S3SinkConfig } from "./config.ts";
import { byteFormat } from "./formats/byte-format.ts";
import type { Format } from "./formats/format.ts";
import { parquetFormat } from "./formats/parquet-format.ts";
import { FolderTemplate } from "./names.ts";
import { type PartitionDependencies, PartitionObjects } from "./partition-objects.ts";
import { findGuarantee, type Guarantee } from "./store/guarantee.ts";
import { ObjectStore } from "./store/object-store.ts";

interface Partition {
  readonly objects: PartitionObjects;
  /** Work on one partition never overlaps: a flush may come while a batch is taken. */
  readonly work: Sequence;
  readonly guard: BatchGuard;
}

interface Opened {
  readonly store: ObjectStore;
  readonly format: Format;
  readonly guarantee: Guarantee;
}

/** Archives each partition as a chain of objects on S3; `consume` gathers, `flush` writes. */
export class S3Sink implements Sink {
  /** Dead letters that are delivered again have objects of their own in the folders of their origin, and move no offset. */
  readonly replays = true;
  readonly #config: S3SinkConfig;
  readonly #context: ConnectorContext;
  readonly #folders: FolderTemplate;
  readonly #partitions = new Map<string, Partition>();
  readonly #onWritten: PartitionDependencies["onWritten"];
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

  async open({ signal, reportDelivery }: OpenContext): Promise<void> {
    this.#requireApart();
    const config = this.#config;
    const store = await ObjectStore.connect(config, this.#context.logger);
    try {
      const guarantee = await findGuarantee(store, config, signal);
      store.works();
      this.#opened = { store, format: await formatOf(config), guarantee };
      const { exactlyOnce, reason } = guarantee;
      if (exactlyOnce) this.#context.logger.info("delivery is exactly once: the store supports conditional writes");
      else if (reason !== undefined) reportDelivery("at-least-once", `${reason.message}: ${reason.fix}`);
    } catch (error) {
      store.close();
      throw error;
    }
  }

  async consume(batch: MessageBatch, { signal }: ConsumeContext): Promise<ConsumeResult> {
    const partition = this.#partition(batch);
    return partition.guard.run(() => partition.work.run(() => partition.objects.take(batch, signal)));
  }

  /** All partitions at once; `parallel_uploads` limits the number of requests. */
  async flush({ signal }: FlushContext): Promise<void> {
    const flushes = [...this.#partitions.values()].map(({ work, objects }) => work.run(() => objects.flush(signal)));
    // All have ended before it fails: nothing is written after the call.
    const failed = (await Promise.allSettled(flushes)).find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
  }

  async committed(ref: PartitionRef): Promise<CommittedOffset | undefined> {
    if (!this.#keepsOffset(ref)) return undefined;
    const { work, objects } = this.#partition(ref);
    return work.run(() => objects.position(this.#context.signal));
  }

  async reset(ref: PartitionRef, next: bigint): Promise<void> {
    const { work, objects } = this.#partition(ref);
    await work.run(async () => {
      if (this.#keepsOffset(ref)) await objects.reset(next, ref.history, this.#context.signal);
      else objects.discard();
    });
  }

  async ended(ref: PartitionRef, through: bigint): Promise<void> {
    if (!this.#keepsOffset(ref)) return;
    const { work, objects } = this.#partition(ref);
    await work.run(() => objects.ended(through, this.#context.signal));
  }

  async revoked(refs: readonly PartitionRef[]): Promise<void> {
    for (const ref of refs) {
      const { work, objects } = this.#partition(ref);
      await work.run(async () => objects.discard());
    }
  }

  async check({ signal }: { readonly signal: AbortSignal }): Promise<CheckResult> {
    const config = this.#config;
    const store = await ObjectStore.connect({ ...config, max_attempts: 1 }, this.#context.logger);
    try {
      this.#requireApart();
      const { reason } = await findGuarantee(store, config, signal, true);
      if (reason === undefined) return { findings: [] };
      const finding = findingOf(reason, "warning");
      return {
        findings: [{ ...finding, message: `delivery is at least once: ${finding.message}` }],
        delivery: { guarantee: "at-least-once", reason: reason.message },
      };
    } catch (error) {
      return { findings: [findingOf(error)] };
    } finally {
      store.close();
    }
  }

  /** What was not flushed is dropped: it was never acknowledged and will be delivered again. */
  async close(): Promise<void> {
    await Promise.all([...this.#partitions.values()].map(({ work }) => work.ended()));
    this.#partitions.clear();
    this.#opened?.store.close();
  }

  /** Two topics in one folder have objects of the same names. @throws FatalError where `path_template` does not tell them apart. */
  #requireApart(): void {
    const { streams = [] } = this.#context;
    if (this.#folders.separates(streams)) return;
    const topics = streams.flatMap(({ stream, topics, pattern }) => [
      ...topics.map((topic) => `${stream}/${topic}`),
      ...(pattern ? [`topics of ${stream} by a pattern`] : []),
    ]);
    throw new FatalError(
      `path_template "${this.#config.path_template}" does not tell apart the topics that the sink reads: ${topics.join(", ")}`,
      {
        code: "IGC_SINK_S3_TEMPLATE",
        place: "path_template",
        fix: "use {stream} and {topic} in path_template, each alone between two slashes",
      },
    );
  }

  #open(): Opened {
    if (this.#opened === undefined) throw new Error("the sink was not opened");
    return this.#opened;
  }

  #keepsOffset({ replay }: PartitionRef): boolean {
    return this.#open().guarantee.exactlyOnce && replay !== true;
  }

  #partition({ stream, topic, partition, replay }: PartitionRef): Partition {
    const name = JSON.stringify([stream, topic, partition, replay]);
    const known = this.#partitions.get(name);
    if (known !== undefined) return known;
    const { store, format, guarantee } = this.#open();
    const ref = { stream, topic, partition, ...(replay === true ? { replay } : {}) };
    const objects = new PartitionObjects(ref, {
      connector: this.#context.key,
      config: this.#config,
      store,
      format,
      folders: this.#folders,
      missingIsKnown: guarantee.missingIsKnown,
      logger: this.#context.logger,
      onWritten: this.#onWritten,
    });
    const made = { objects, work: new Sequence(), guard: new BatchGuard("S3 sink", "IGC_SINK_S3_ORDER") };
    this.#partitions.set(name, made);
    return made;
  }
}

function formatOf(config: S3SinkConfig): Format | Promise<Format> {
  return config.output_format === "parquet" ? parquetFormat(config) : byteFormat(config);
}
