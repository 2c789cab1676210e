import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import {
  BatchGuard,
  type CheckResult,
  type CommittedOffset,
  type ConnectorContext,
  type ConsumeResult,
  errorCode,
  FatalError,
  findingOf,
  indexAfter,
  type MessageBatch,
  type PartitionRef,
  Sequence,
  type Sink,
} from "@iggy-connectors/sdk";
import { batchLines } from "./batch-lines.ts";
import type { FileSinkConfig } from "./config.ts";
import { fileError } from "./errors.ts";
import { partitionFolder } from "./folder-template.ts";
import { PartitionWriter, type WriterOptions } from "./partition-writer.ts";

const EXTENSIONS = { json_lines: ".ndjson", raw: ".txt" } as const;

/** Folder, in that of their partition, of dead letters that were delivered again: they are out of turn. */
const REPLAYED = "replayed";

interface Partition {
  readonly ref: PartitionRef;
  readonly folder: string;
  writer: PartitionWriter | undefined;
  /** Work on one partition never overlaps: a flush may come while a batch is taken. */
  readonly work: Sequence;
  readonly guard: BatchGuard;
}

/** Writes each partition into files of its own; a file, its length and the offset it reaches are recorded together. */
export class FileSink implements Sink {
  readonly replays = true;
  readonly #config: FileSinkConfig;
  readonly #context: ConnectorContext;
  readonly #options: WriterOptions;
  readonly #partitions = new Map<string, Partition>();

  /** @param now milliseconds since the Unix epoch; for tests. */
  constructor(config: FileSinkConfig, context: ConnectorContext, now: () => number = Date.now) {
    this.#config = config;
    this.#context = context;
    this.#options = {
      connector: context.key,
      extension: EXTENSIONS[config.format],
      rotateSize: config.rotate_size,
      rotateAge: config.rotate_age,
      logger: context.logger,
      now,
    };
  }

  async consume(batch: MessageBatch): Promise<ConsumeResult> {
    const partition = this.#partition(batch);
    return partition.guard.run(() =>
      this.#exclusively(partition, async (writer) => {
        await writer.continueIn(batch.history);
        const whole = batchLines(batch, this.#config.format);
        const fresh = unseen(batch, writer.staged);
        const { lines, firstOffset, lastOffset } = fresh === batch ? whole : batchLines(fresh, this.#config.format);
        if (lines.length > 0) {
          const lastTime = batch.timestamp(indexAfter(batch, lastOffset) - 1);
          await writer.stage(lines, firstOffset, lastOffset, lastTime);
        }
        await writer.spill();
        return { rejected: whole.rejected };
      }),
    );
  }

  async flush(): Promise<void> {
    for (const partition of this.#partitions.values()) {
      if (partition.writer === undefined) continue;
      await this.#exclusively(partition, (writer) => writer.commit());
    }
  }

  /** Read from the disk each time: it may have been restored from a backup. */
  async committed(ref: PartitionRef): Promise<CommittedOffset | undefined> {
    const partition = this.#partition(ref);
    return partition.work.run(async () => {
      if (partition.writer?.dirty !== true) {
        await partition.writer?.discard();
        partition.writer = undefined;
        partition.writer = await PartitionWriter.open(partition.folder, ref, this.#options);
      }
      return partition.writer.committed;
    });
  }

  ended(ref: PartitionRef, through: bigint): Promise<void> {
    return this.#exclusively(this.#partition(ref), async (writer) => {
      await writer.continueIn(ref.history);
      await writer.ended(through);
    });
  }

  reset(ref: PartitionRef, next: bigint): Promise<void> {
    return this.#exclusively(this.#partition(ref), (writer) => writer.reset(next, ref.history));
  }

  async revoked(refs: readonly PartitionRef[]): Promise<void> {
    for (const ref of refs) await this.#release(this.#partition(ref));
  }

  async check(): Promise<CheckResult> {
    const folder = resolve(this.#context.workingDirectory, this.#config.path.split("{", 1)[0] as string);
    try {
      const existing = await nearestExisting(folder);
      if (!(await stat(existing)).isDirectory()) throw Object.assign(new Error("not a folder"), { code: "ENOTDIR" });
      await access(existing, constants.W_OK | constants.X_OK);
      return { findings: [] };
    } catch (error) {
      return { findings: [findingOf(fileError(error, folder))] };
    }
  }

  /** What was not flushed is dropped: it was never acknowledged and will be delivered again. */
  async close(): Promise<void> {
    for (const partition of this.#partitions.values()) await this.#release(partition);
  }

  #partition(ref: PartitionRef): Partition {
    const ofPartition = partitionFolder(this.#config.path, this.#context.workingDirectory, ref);
    const folder = ref.replay === true ? join(ofPartition, REPLAYED) : ofPartition;
    const known = this.#partitions.get(folder);
    if (known !== undefined) return this.#checked(known, ref);
    const { stream, topic, partition, history } = ref;
    const made: Partition = {
      ref: { stream, topic, partition, history },
      folder,
      writer: undefined,
      work: new Sequence(),
      guard: new BatchGuard("file sink", "IGC_SINK_FILE_ORDER"),
    };
    this.#partitions.set(folder, made);
    return made;
  }

  #checked(known: Partition, ref: PartitionRef): Partition {
    if (known.ref.stream === ref.stream && known.ref.topic === ref.topic) return known;
    throw new FatalError(
      `${ref.stream}/${ref.topic} and ${known.ref.stream}/${known.ref.topic} share ${known.folder}`,
      {
        code: "IGC_SINK_FILE_FOLDER_SHARED",
        place: "path",
        fix: "use {stream} and {topic} in the path",
      },
    );
  }

  #exclusively<T>(partition: Partition, work: (writer: PartitionWriter) => Promise<T>): Promise<T> {
    return partition.work.run(async () => {
      partition.writer ??= await PartitionWriter.open(partition.folder, partition.ref, this.#options);
      return work(partition.writer);
    });
  }

  async #release(partition: Partition): Promise<void> {
    await partition.work.ended();
    this.#partitions.delete(partition.folder);
    await partition.writer?.discard();
  }
}

/** The part of a batch behind `staged`, which may be empty. */
function unseen(batch: MessageBatch, staged: bigint | undefined): MessageBatch {
  const first = staged === undefined ? 0 : indexAfter(batch, staged);
  return first === 0 ? batch : batch.slice(first, batch.length);
}

async function nearestExisting(folder: string): Promise<string> {
  try {
    await access(folder);
    return folder;
  } catch (error) {
    const parent = dirname(folder);
    if (errorCode(error) !== "ENOENT" || parent === folder) throw error;
    return nearestExisting(parent);
  }
}
