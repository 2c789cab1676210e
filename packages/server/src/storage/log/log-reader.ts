import { RequestRefused, STATUS } from "../../errors.ts";
import type { Files } from "../disk/files.ts";
import { recordBaseOffset, recordTimestamp } from "./record.ts";
import type { RecordCollector } from "./record-collector.ts";
import type { Segment } from "./segment.ts";
import { walkRecords } from "./walk-records.ts";

/** A scan starts at an index entry, up to 64 KiB before the record it looks for. */
const SMALLEST_WINDOW = 64 * 1024;
const LARGEST_WINDOW = 4 * 1024 * 1024;

/** Gives the collector what it wants from the segment files. Retention and appends may change the list meanwhile. */
export async function readSegments(
  files: Files,
  segments: readonly Segment[],
  collector: RecordCollector,
  count: number,
): Promise<void> {
  for (let before = -1; !collector.done && collector.next > before; ) {
    before = collector.next;
    const segment = firstWhere(segments, segments.length, ({ endOffset }) => endOffset > before);
    if (segment === undefined || segment.closed) return;
    const end = segment.size;
    const start = segment.index.positionForOffset(before);
    const averageSize = segment.size / Math.max(1, segment.endOffset - segment.baseOffset);
    const window = Math.min(LARGEST_WINDOW, SMALLEST_WINDOW + Math.ceil(averageSize * count));
    const stopped = await segment.use((descriptor) =>
      walkRecords(files, descriptor, start, end, window, (buffer, at) => {
        collector.take(buffer, at);
        return collector.done ? "stop" : "next";
      }),
    );
    if (stopped < end && !collector.done) throw damaged(segment, stopped);
  }
}

/** Base offset of the first record stamped at or after `timestamp`; nothing when all are older. */
export async function searchTimestamp(
  files: Files,
  segments: readonly Segment[],
  timestamp: number,
): Promise<number | undefined> {
  // Only the last segment may be empty; it has no time yet.
  const filled = segments.at(-1)?.size === 0 ? segments.length - 1 : segments.length;
  const segment = firstWhere(segments, filled, ({ lastTimestamp }) => lastTimestamp >= timestamp);
  if (segment === undefined || segment.closed) return undefined;
  const end = segment.size;
  const start = segment.index.positionForTimestamp(timestamp);
  let found: number | undefined;
  const stopped = await segment.use((descriptor) =>
    walkRecords(files, descriptor, start, end, SMALLEST_WINDOW, (buffer, at): "stop" | "next" => {
      if (recordTimestamp(buffer, at) < timestamp) return "next";
      found = recordBaseOffset(buffer, at);
      return "stop";
    }),
  );
  if (stopped < end && found === undefined) throw damaged(segment, stopped);
  return found;
}

/** The first of `length` segments that passes; passing ones come last. */
function firstWhere(
  segments: readonly Segment[],
  length: number,
  passes: (segment: Segment) => boolean,
): Segment | undefined {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (passes(segments[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low < length ? segments[low] : undefined;
}

function damaged(segment: Segment, position: number): RequestRefused {
  return new RequestRefused(STATUS.IoError, `no record begins at byte ${position} of ${segment.path}`);
}
