import type { Reader } from "../../../primitives/reader.ts";
import type { Writer } from "../../../primitives/writer.ts";
import type { CacheMetrics, Stats } from "../../../values/resources.ts";
import { readCounted } from "../fields/list.ts";

/*
 * stats: head, semver u32 (0 absent), cache count u32, cache entries, tail
 * head: process id u32, cpu f32, total cpu f32,
 *       memory used, total, available, run time, start time, read bytes, written bytes, messages size u64 × 8,
 *       streams, topics, partitions, segments u32 × 4, messages u64, clients u32, groups u32,
 *       hostname, OS name, OS version, kernel, server version text32 × 5
 * cache entry: stream u32, topic u32, partition u32, hits u64, misses u64, ratio f32
 * tail: threads u32, free disk u64, total disk u64
 */
export const CACHE_ENTRY_SIZE = 32;

type StatsTail = Pick<Stats, "threadsCount" | "freeDiskSpace" | "totalDiskSpace">;
type StatsHead = Omit<Stats, keyof StatsTail | "serverSemver" | "cacheMetrics">;

export function writeStats(writer: Writer, stats: Stats): void {
  writer
    .u32(stats.processId)
    .f32(stats.cpuUsage)
    .f32(stats.totalCpuUsage)
    .u64(stats.memoryUsage)
    .u64(stats.totalMemory)
    .u64(stats.availableMemory)
    .u64(stats.runTime)
    .u64(stats.startTime)
    .u64(stats.readBytes)
    .u64(stats.writtenBytes)
    .u64(stats.messagesSize)
    .u32(stats.streamsCount)
    .u32(stats.topicsCount)
    .u32(stats.partitionsCount)
    .u32(stats.segmentsCount)
    .u64(stats.messagesCount)
    .u32(stats.clientsCount)
    .u32(stats.consumerGroupsCount)
    .str32(stats.hostname)
    .str32(stats.osName)
    .str32(stats.osVersion)
    .str32(stats.kernelVersion)
    .str32(stats.serverVersion)
    .u32(stats.serverSemver)
    .u32(stats.cacheMetrics.length);
  for (const cache of stats.cacheMetrics) {
    writer.u32(cache.streamId).u32(cache.topicId).u32(cache.partition);
    writer.u64(cache.hits).u64(cache.misses).f32(cache.hitRatio);
  }
  writer.u32(stats.threadsCount).u64(stats.freeDiskSpace).u64(stats.totalDiskSpace);
}

export function readStatsHead(reader: Reader): StatsHead {
  return {
    processId: reader.u32(),
    cpuUsage: reader.f32(),
    totalCpuUsage: reader.f32(),
    memoryUsage: reader.u64(),
    totalMemory: reader.u64(),
    availableMemory: reader.u64(),
    runTime: reader.u64(),
    startTime: reader.u64(),
    readBytes: reader.u64(),
    writtenBytes: reader.u64(),
    messagesSize: reader.u64(),
    streamsCount: reader.u32(),
    topicsCount: reader.u32(),
    partitionsCount: reader.u32(),
    segmentsCount: reader.u32(),
    messagesCount: reader.u64(),
    clientsCount: reader.u32(),
    consumerGroupsCount: reader.u32(),
    hostname: reader.str32(),
    osName: reader.str32(),
    osVersion: reader.str32(),
    kernelVersion: reader.str32(),
    serverVersion: reader.str32(),
  };
}

export function readCacheMetrics(reader: Reader): CacheMetrics[] {
  return readCounted(reader, reader.u32(), CACHE_ENTRY_SIZE, readCacheEntry);
}

export function readStatsTail(reader: Reader): StatsTail {
  return { threadsCount: reader.u32(), freeDiskSpace: reader.u64(), totalDiskSpace: reader.u64() };
}

function readCacheEntry(reader: Reader): CacheMetrics {
  return {
    streamId: reader.u32(),
    topicId: reader.u32(),
    partition: reader.u32(),
    hits: reader.u64(),
    misses: reader.u64(),
    hitRatio: reader.f32(),
  };
}
