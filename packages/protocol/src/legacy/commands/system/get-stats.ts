import type { CommandLayout } from "../../../command.ts";
import type { Stats } from "../../../values/resources.ts";
import { getStats as vsr } from "../../../vsr/commands/system/get-stats.ts";
import { EMPTY_REQUEST } from "../../../vsr/structures/fields/empty.ts";
import {
  CACHE_ENTRY_SIZE,
  readCacheMetrics,
  readStatsHead,
  readStatsTail,
  writeStats,
} from "../../../vsr/structures/records/stats-record.ts";

/*
 * request: empty · response: stats. A 0.7 server ends them after the cache entries, and leaves the semver out, instead
 * of writing 0, when it knows none; what it does not tell reads as 0.
 */
const CACHE_COUNT_SIZE = 4;
const NO_TAIL = { threadsCount: 0, freeDiskSpace: 0n, totalDiskSpace: 0n };

export const getStats: CommandLayout<undefined, Stats> = {
  name: vsr.name,
  code: vsr.code,
  ...EMPTY_REQUEST,
  encodeResponse: writeStats,
  decodeResponse(reader) {
    const head = readStatsHead(reader);
    // Nothing but a count and whole cache entries follows where the semver is left out.
    const hasSemver = reader.remaining % CACHE_ENTRY_SIZE !== CACHE_COUNT_SIZE;
    return {
      ...head,
      serverSemver: hasSemver ? reader.u32() : 0,
      cacheMetrics: readCacheMetrics(reader),
      ...(reader.remaining > 0 ? readStatsTail(reader) : NO_TAIL),
    };
  },
};
