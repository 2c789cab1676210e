import { readdir, stat } from "node:fs/promises";
import { decodeBatchForAppend } from "@iggy-connectors/protocol";
import type { Logger } from "../logger.ts";
import { readCheckpoint } from "./checkpoint.ts";
import { closeFile, hasCode, openFile, syncData, truncateFile } from "./file.ts";
import { recordBaseOffset, recordCount, recordLength, recordTimestamp } from "./record.ts";
import { Segment, segmentBaseOffset } from "./segment.ts";
import { SparseIndex } from "./sparse-index.ts";
import { walkRecords } from "./walk-records.ts";

const SCAN_WINDOW = 1024 * 1024;

/**
 * Opens the segments of a partition's folder, oldest first. What a checkpoint does not cover is scanned record by
 * record; a torn tail (a length that leaves the file, a checksum that does not match, an offset that does not follow)
 * is cut at the last whole record.
 */
export async function recoverSegments(folder: string, logger: Logger): Promise<Segment[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
  const baseOffsets = names
    .map(segmentBaseOffset)
    .filter((offset) => offset !== undefined)
    .sort((left, right) => left - right);
  const segments: Segment[] = [];
  for (const baseOffset of baseOffsets) segments.push(await recoverSegment(folder, baseOffset, logger));
  return segments;
}

async function recoverSegment(folder: string, baseOffset: number, logger: Logger): Promise<Segment> {
  const { path, indexPath } = new Segment(folder, baseOffset);
  const fileSize = (await stat(path)).size;
  const found = await readCheckpoint(indexPath);
  const checkpoint = found !== undefined && found.covered <= fileSize ? found : undefined;
  const index = checkpoint?.index ?? new SparseIndex();
  const covered = checkpoint?.covered ?? 0;
  let size = covered;
  let endOffset = checkpoint?.endOffset ?? baseOffset;
  let lastTimestamp = checkpoint?.lastTimestamp ?? 0;

  if (covered < fileSize) {
    const descriptor = await openFile(path, false);
    try {
      size = await walkRecords(descriptor, covered, fileSize, SCAN_WINDOW, (window, at, position) => {
        if (recordBaseOffset(window, at) !== endOffset) return "stop";
        if (!decodeBatchForAppend(window.subarray(at, at + recordLength(window, at))).ok) return "stop";
        lastTimestamp = recordTimestamp(window, at);
        index.note(endOffset, position, lastTimestamp);
        endOffset += recordCount(window, at);
        return "next";
      });
      if (size < fileSize) {
        await truncateFile(descriptor, size);
        await syncData(descriptor);
        logger("warn", "cut a torn tail off a log segment", { file: path, keptBytes: size, cutBytes: fileSize - size });
      }
    } finally {
      await closeFile(descriptor);
    }
  }
  return new Segment(folder, baseOffset, { index, size, endOffset, lastTimestamp, checkpointed: covered });
}
