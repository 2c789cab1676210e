import { join } from "node:path";
import { decodeBatchForAppend } from "@iggy-connectors/protocol";
import type { Logger } from "../../logger.ts";
import { listIfPresent } from "../disk/files.ts";
import { readCheckpoint } from "./checkpoint.ts";
import { recordBaseOffset, recordCount, recordLength, recordTimestamp } from "./record.ts";
import { indexName, Segment, type SegmentEnvironment, segmentBaseOffset } from "./segment.ts";
import { SparseIndex } from "./sparse-index.ts";
import { walkRecords } from "./walk-records.ts";

const SCAN_WINDOW = 1024 * 1024;

export interface RecoveryEnvironment extends SegmentEnvironment {
  readonly logger: Logger;
}

/**
 * Opens the segments of a partition's folder, oldest first. What a checkpoint does not cover is scanned record by
 * record; a torn tail (a length that leaves the file, a checksum that does not match, an offset that does not follow,
 * or that belongs to the next segment) is cut at the last whole record. Only the last segment may be empty.
 */
export async function recoverSegments(environment: RecoveryEnvironment, folder: string): Promise<Segment[]> {
  const names = await listIfPresent(environment.files, folder);
  const baseOffsets = names
    .map(segmentBaseOffset)
    .filter((offset) => offset !== undefined)
    .sort((left, right) => left - right);
  await removeOrphans(environment, folder, names, baseOffsets);
  const segments: Segment[] = [];
  for (const [index, baseOffset] of baseOffsets.entries()) {
    const limit = baseOffsets[index + 1] ?? Number.POSITIVE_INFINITY;
    const segment = await recoverSegment(environment, folder, baseOffset, limit);
    if (segment.size === 0 && limit !== Number.POSITIVE_INFINITY) await segment.delete();
    else segments.push(segment);
  }
  return segments;
}

/** Indexes whose segment is gone, and drafts: the process died between two steps. */
async function removeOrphans(
  { files }: RecoveryEnvironment,
  folder: string,
  names: readonly string[],
  baseOffsets: readonly number[],
): Promise<void> {
  const indexes = new Set(baseOffsets.map(indexName));
  for (const name of names) {
    if (segmentBaseOffset(name) === undefined && !indexes.has(name)) await files.remove(join(folder, name));
  }
}

async function recoverSegment(
  environment: RecoveryEnvironment,
  folder: string,
  baseOffset: number,
  limit: number,
): Promise<Segment> {
  const { files, logger } = environment;
  const { path, indexPath } = new Segment(environment, folder, baseOffset);
  const fileSize = await files.size(path);
  const found = await readCheckpoint(files, indexPath);
  const checkpoint = found !== undefined && found.covered <= fileSize && found.endOffset <= limit ? found : undefined;
  const index = checkpoint?.index ?? new SparseIndex();
  const covered = checkpoint?.covered ?? 0;
  let size = covered;
  let endOffset = checkpoint?.endOffset ?? baseOffset;
  let lastTimestamp = checkpoint?.lastTimestamp ?? 0;

  if (covered < fileSize) {
    const descriptor = await files.open(path, false);
    try {
      size = await walkRecords(files, descriptor, covered, fileSize, SCAN_WINDOW, (window, at, position) => {
        if (recordBaseOffset(window, at) !== endOffset || endOffset + recordCount(window, at) > limit) return "stop";
        if (!decodeBatchForAppend(window.subarray(at, at + recordLength(window, at))).ok) return "stop";
        lastTimestamp = recordTimestamp(window, at);
        index.note(endOffset, position, lastTimestamp);
        endOffset += recordCount(window, at);
        return "next";
      });
      if (size < fileSize) {
        await files.truncate(descriptor, size);
        await files.sync(descriptor);
        logger("warn", "cut a torn tail off a log segment", { file: path, keptBytes: size, cutBytes: fileSize - size });
      }
    } finally {
      await files.close(descriptor);
    }
  }
  const state = { index, size, endOffset, lastTimestamp, checkpointed: covered };
  return new Segment(environment, folder, baseOffset, state);
}
