import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { PartitionRef } from "@iggy-connectors/sdk";
import { batchOf, type RecordingContext, recordingContext, TEST_PARTITION } from "@iggy-connectors/testing";
import { FileSink } from "../src/file-sink.ts";
import fileSink from "../src/index.ts";

export interface Setup {
  readonly root: string;
  /** Folder of the partition TEST_PARTITION. */
  readonly folder: string;
  readonly context: RecordingContext;
  start(settings?: Record<string, unknown>, now?: () => number): FileSink;
}

export async function setup(t: TestContext): Promise<Setup> {
  const root = await mkdtemp(join(tmpdir(), "iggy-file-sink-"));
  t.after(() => rm(root, { recursive: true, force: true }));
  const context = recordingContext(root);
  return {
    root,
    folder: join(root, "local_output", TEST_PARTITION.stream, TEST_PARTITION.topic, "0"),
    context,
    start: (settings = {}, now) => {
      const sink = new FileSink(fileSink.config.parse(settings), context, now);
      t.after(() => sink.close());
      return sink;
    },
  };
}

/** Payloads of offsets `from` … `to` − 1. */
export const records = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => JSON.stringify({ n: from + index }));
export const lines = (payloads: readonly string[]) => payloads.map((payload) => `${payload}\n`).join("");

export async function consume(sink: FileSink, from: number, to: number): Promise<void> {
  await sink.consume(batchOf(records(from, to), { firstOffset: BigInt(from) }));
}

export const dataFiles = async (folder: string) =>
  (await readdir(folder)).filter((name) => !name.startsWith(".") && name !== "replayed").sort();

/** All data files of a folder in the order of their names. */
export async function content(folder: string): Promise<string> {
  const parts = (await dataFiles(folder)).map((name) => readFile(join(folder, name), "utf8"));
  return (await Promise.all(parts)).join("");
}

/** The offset that a sink says to have recorded of a partition. */
export async function committedBy(sink: FileSink, ref: PartitionRef): Promise<bigint | undefined> {
  return (await sink.committed(ref))?.offset;
}
