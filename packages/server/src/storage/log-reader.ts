import { RequestRefused, STATUS } from "../errors.ts";
import { recordBaseOffset, recordTimestamp } from "./record.ts";
import type { RecordCollector } from "./record-collector.ts";
import type { Segment } from "./segment.ts";
import { walkRecords } from "./walk-records.ts";

/** A scan starts at an index entry, up to 64 KiB before the record it looks for. */
const SMALLEST_WINDOW = 64 * 1024;
const LARGEST_WINDOW = 4 * 1024 * 1024;

/** Gives the collector what it wants from the segment files. */
export async function readSegments(
  segments: readonly Segment[],
  collector: RecordCollector,
  count: number,
): Promise<void> {
  // A copy: retention may remove segments, and appends may add some, while the files are read.
  const candidates = segments.filter((segment) => segment.endOffset > collector.next);
  for (const segment of candidates) {
    if (collector.done) return;
    if (segment.closed) continue;
    const end = segment.size;
    const start = segment.index.positionForOffset(collector.next);
    const averageSize = segment.size / Math.max(1, segment.endOffset - segment.baseOffset);
    const window = Math.min(LARGEST_WINDOW, SMALLEST_WINDOW + Math.ceil(averageSize * count));
    const stopped = await segment.use((descriptor) =>
      walkRecords(descriptor, start, end, window, (buffer, at) => {
        collector.take(buffer, at);
        return collector.done ? "stop" : "next";
      }),
    );
    if (stopped < end && !collector.done) throw damaged(segment, stopped);
  }
}

/** Base offset of the first record stamped at or after `timestamp`; nothing when all are older. */
export async function searchTimestamp(segments: readonly Segment[], timestamp: number): Promise<number | undefined> {
  const segment = segments.find(
    (candidate) => !candidate.closed && candidate.size > 0 && candidate.lastTimestamp >= timestamp,
  );
  if (segment === undefined) return undefined;
  const end = segment.size;
  let found: number | undefined;
  const stopped = await segment.use((descriptor) =>
    walkRecords(
      descriptor,
      segment.index.positionForTimestamp(timestamp),
      end,
      SMALLEST_WINDOW,
      (buffer, at): "stop" | "next" => {
        if (recordTimestamp(buffer, at) < timestamp) return "next";
        found = recordBaseOffset(buffer, at);
        return "stop";
      },
    ),
  );
  if (stopped < end && found === undefined) throw damaged(segment, stopped);
  return found;
}

function damaged(segment: Segment, position: number): RequestRefused {
  return new RequestRefused(STATUS.IoError, `no record begins at byte ${position} of ${segment.path}`);
}
