import { decodeBatchForAppend, encodeBatch, indexFrames, type MessageFrames } from "@iggy-connectors/protocol";
import type { Clock } from "../src/clock.ts";
import { silentLogger } from "../src/logger.ts";
import { diskFiles } from "../src/storage/disk/disk-files.ts";
import { DiskHealth } from "../src/storage/disk/disk-health.ts";
import type { Files } from "../src/storage/disk/files.ts";
import { OpenSegments } from "../src/storage/log/open-segments.ts";
import type { LogEnvironment, LogOptions, PartitionLog } from "../src/storage/log/partition-log.ts";
import { RecentRecordsBudget } from "../src/storage/log/recent-records.ts";

/** An environment with a clock that moves 10 µs at each look, and as much cache as asked for. */
export function logEnvironment(cacheBytes: number, folder = "/", files: Files = diskFiles): LogEnvironment {
  let now = 1_000_000;
  const clock: Clock = () => {
    now += 10;
    return now;
  };
  return {
    root: folder,
    files,
    openSegments: new OpenSegments(4),
    health: new DiskHealth(silentLogger),
    clock,
    logger: silentLogger,
    budget: new RecentRecordsBudget(cacheBytes),
    traffic: { readBytes: 0, writtenBytes: 0 },
  };
}

export function logOptions(folder: string, options: Partial<LogOptions> = {}): LogOptions {
  return { folder, partition: 0, segmentSize: 1024 * 1024 * 1024, persisted: false, ...options };
}

export function append(log: PartitionLog, payloads: readonly string[]): Promise<number> {
  const record = encodeBatch(
    payloads.map((payload) => ({ payload: Buffer.from(payload) })),
    1,
  );
  const batch = decodeBatchForAppend(record);
  if (!batch.ok) throw new Error(batch.reason);
  return log.append(record, batch.frameStarts);
}

/** What a poll of the log gives, as a client would read it; checks every record as a client does not. */
export async function readMessages(
  log: PartitionLog,
  from: number,
  count: number,
  maxBytes = Number.MAX_SAFE_INTEGER,
): Promise<[offset: number, payload: string][]> {
  const found = await log.read(from, count, maxBytes);
  const body = Buffer.concat([Buffer.alloc(16), ...found.pieces]);
  body.writeUInt32LE(found.count, 12);
  for (let at = 16; at < body.length; ) {
    const length = Number(body.readBigUInt64LE(at + 32));
    const slice = body.readUInt32LE(at + 256 + 24) > 0;
    const checked = slice ? undefined : decodeBatchForAppend(body.subarray(at, at + length));
    if (checked?.ok === false) throw new Error(checked.reason);
    at += length;
  }
  return messagesOf(indexFrames(body));
}

function messagesOf(frames: MessageFrames): [number, string][] {
  return Array.from({ length: frames.length }, (_, index) => [
    Number(frames.offset(index)),
    Buffer.from(frames.payload(index)).toString(),
  ]);
}
