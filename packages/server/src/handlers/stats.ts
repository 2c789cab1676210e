import { statfs } from "node:fs/promises";
import os from "node:os";
import type { Stats } from "@iggy-connectors/protocol";
import type { Broker } from "../broker.ts";
import { SERVER_SEMVER, SERVER_VERSION } from "../version.ts";

/** The statistics that the server has; it keeps none of caches. */
export async function serverStats(broker: Broker): Promise<Stats> {
  const now = broker.clock();
  const topics = [...broker.topics()];
  const sum = (value: (topic: (typeof topics)[number]) => number): number =>
    topics.reduce((total, topic) => total + value(topic), 0);
  const disk = await statfs(broker.folder);
  return {
    processId: process.pid,
    cpuUsage: processCpuPercent(),
    totalCpuUsage: (100 * os.loadavg()[0]!) / Math.max(1, os.cpus().length),
    memoryUsage: BigInt(process.memoryUsage.rss()),
    totalMemory: BigInt(os.totalmem()),
    availableMemory: BigInt(os.freemem()),
    runTime: BigInt(now - broker.startedAt),
    startTime: BigInt(broker.startedAt),
    readBytes: BigInt(broker.traffic.readBytes),
    writtenBytes: BigInt(broker.traffic.writtenBytes),
    messagesSize: BigInt(sum((topic) => topic.size)),
    streamsCount: broker.catalog.document.streams.length,
    topicsCount: topics.length,
    partitionsCount: sum((topic) => topic.partitions.length),
    segmentsCount: sum((topic) => topic.segmentsCount),
    messagesCount: BigInt(sum((topic) => topic.messagesCount)),
    clientsCount: broker.connections.size,
    consumerGroupsCount: sum((topic) => topic.entry.groups.length),
    hostname: os.hostname(),
    osName: os.type(),
    osVersion: os.version(),
    kernelVersion: os.release(),
    serverVersion: SERVER_VERSION,
    serverSemver: SERVER_SEMVER,
    cacheMetrics: [],
    threadsCount: 1,
    freeDiskSpace: BigInt(disk.bavail) * BigInt(disk.bsize),
    totalDiskSpace: BigInt(disk.blocks) * BigInt(disk.bsize),
  };
}

/** CPU time of this process per wall time since it started, in percent of one core. */
function processCpuPercent(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / (process.uptime() * 10_000);
}
