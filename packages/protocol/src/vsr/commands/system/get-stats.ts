import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { Stats } from "../../../values/resources.ts";
import { EMPTY_REQUEST } from "../../structures/fields/empty.ts";
import { readCacheMetrics, readStatsHead, readStatsTail, writeStats } from "../../structures/records/stats-record.ts";

/* request: empty · response: stats */

export const getStats: Command<undefined, Stats> = {
  name: "get_stats",
  operation: OPERATION.nonReplicated,
  code: 10,
  ...EMPTY_REQUEST,
  encodeResponse: writeStats,
  decodeResponse(reader) {
    return {
      ...readStatsHead(reader),
      serverSemver: reader.u32(),
      cacheMetrics: readCacheMetrics(reader),
      ...readStatsTail(reader),
    };
  },
};
