import type { IggyClient } from "@iggy-connectors/client";
import { type MessageFrames, type PollingStrategy, pause } from "@iggy-connectors/runtime/messages";
import { findTopic, partitionsOf, TOPIC_MISSING_FIX } from "./topics.ts";

/** Where each partition is read from: a position as configuration files have it, or so many messages before the end. */
export type ReadStart = PollingStrategy | { readonly kind: "before_end"; readonly messages: bigint };

interface ReadRequest {
  readonly stream: string;
  readonly topic: string;
  /** Undefined: all. */
  readonly partition: number | undefined;
  readonly from: ReadStart;
  /** Wait for more at the end. */
  readonly follow: boolean;
}

interface Cursor {
  readonly partition: number;
  next: PollingStrategy;
  /** Offset of the message that was the newest at the beginning. */
  readonly end: bigint;
}

/** A plain consumer for which no offset is stored. */
const READER = { kind: "consumer", id: "iggy-connectors-consume" } as const;
const BATCH = 1000;
/** Milliseconds between two rounds that found nothing. */
const INTERVAL = 100;

/**
 * The messages of a topic, batch by batch, one partition after the other, up to those that were there at the beginning; when
 * following, then what comes to any of them. Nothing is stored.
 */
export async function* readTopic(client: IggyClient, request: ReadRequest): AsyncGenerator<MessageFrames> {
  const { stream, topic, follow } = request;
  const poll = async (cursor: Cursor): Promise<MessageFrames> => {
    const frames = await client.pollMessages({
      stream,
      topic,
      partition: cursor.partition,
      consumer: READER,
      strategy: cursor.next,
      count: BATCH,
    });
    if (frames.length > 0) cursor.next = { kind: "offset", offset: frames.offset(frames.length - 1) + 1n };
    return frames;
  };
  const cursors = await openCursors(client, request);
  for (const cursor of cursors) {
    while (cursor.next.kind !== "offset" || cursor.next.offset <= cursor.end) {
      const frames = await poll(cursor);
      if (frames.length === 0) break;
      yield frames;
    }
  }
  while (follow) {
    let found = false;
    for (const cursor of cursors) {
      const frames = await poll(cursor);
      if (frames.length === 0) continue;
      found = true;
      yield frames;
    }
    if (!found) await pause(INTERVAL);
  }
}

async function openCursors(client: IggyClient, { stream, topic, partition, from }: ReadRequest): Promise<Cursor[]> {
  const { partitions } = await findTopic(client, stream, topic, TOPIC_MISSING_FIX);
  const chosen = partitionsOf(partitions, partition);
  return chosen.map(({ id, currentOffset, messagesCount }) => {
    const end = messagesCount === 0n ? -1n : currentOffset;
    return { partition: id, end, next: startOf(from, end) };
  });
}

function startOf(from: ReadStart, end: bigint): PollingStrategy {
  if (from.kind === "last") return startOf({ kind: "before_end", messages: 1n }, end);
  if (from.kind !== "before_end") return from;
  const offset = end + 1n - from.messages;
  return offset <= 0n ? { kind: "first" } : { kind: "offset", offset };
}
