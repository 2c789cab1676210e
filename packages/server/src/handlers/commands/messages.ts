import {
  decodeBatchForAppend,
  decodeRequestBody,
  encodePollResponse,
  encodeReply,
  FENCED_PARTITION,
  HEADER_SIZE,
  MAX_FRAME_SIZE,
  type Partitioning,
  POLL_PREFIX_SIZE,
  type PollingStrategy,
  type PollMessagesRequest,
  type PollResponse,
  ProtocolError,
  partitionForKey,
  pollMessages,
  type SendConfirmation,
  sendMessages,
} from "@iggy-connectors/protocol";
import { RequestRefused, STATUS } from "../../errors.ts";
import type { OffsetOwner } from "../../storage/offsets/offsets-entries.ts";
import type { Topic, TopicPartition } from "../../topics/topic.ts";
import { authorize } from "../authorize.ts";
import { resolveConsumer } from "../consumer.ts";
import { currentOffset } from "../resources.ts";
import { type RequestContext, type Route, replyMeta } from "../route.ts";
import { requireTopicToRead } from "../topic-to-read.ts";

/** Records of one poll reply: what fits the largest frame that clients take. */
const MAX_POLL_BYTES = MAX_FRAME_SIZE - HEADER_SIZE - POLL_PREFIX_SIZE;

const EMPTY_POLL: PollResponse = { partition: 0, currentOffset: 0n, count: 0, records: [] };
const FENCED: PollResponse = { ...EMPTY_POLL, partition: FENCED_PARTITION };

export const messageRoutes: readonly Route[] = [
  {
    command: sendMessages,
    async execute(context, body) {
      const confirmation = await send(context, body);
      return encodeReply(sendMessages, [confirmation], replyMeta(context));
    },
  },
  {
    command: pollMessages,
    async execute(context, body) {
      const response = await poll(context, decodeRequestBody(pollMessages, body));
      return encodePollResponse(response, replyMeta(context));
    },
  },
];

async function send(context: RequestContext, body: Buffer): Promise<SendConfirmation> {
  const { broker, session, header } = context;
  const request = decodeRequestBody(sendMessages, body);
  const topic = broker.findTopic(request.stream, request.topic);
  const partition = topic === undefined ? undefined : choosePartition(topic, request.partitioning);
  if (topic === undefined || partition === undefined) {
    throw new RequestRefused(STATUS.ResourceNotFound, "no such stream, topic or partition");
  }
  authorize(context, "send", topic.streamId, topic.entry.id);
  const record = asBuffer(request.record);
  const batch = decodeBatchForAppend(record);
  if (!batch.ok) throw new RequestRefused(batch.code, batch.reason);
  if (batch.header.count !== request.messagesCount) {
    throw new ProtocolError(`${request.messagesCount} messages announced, the batch has ${batch.header.count}`);
  }
  const { checksum } = batch.header;
  const repeated = session.repeatedSend(partition.incarnation, header.request, checksum);
  if (repeated !== undefined) return repeated;
  const baseOffset = await partition.log.append(record, batch.frameStarts);
  const confirmation: SendConfirmation = {
    streamId: topic.streamId,
    topicId: topic.entry.id,
    partition: partition.id,
    baseOffset: BigInt(baseOffset),
  };
  session.keepSend(partition.incarnation, header.request, checksum, confirmation);
  return confirmation;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function choosePartition(topic: Topic, partitioning: Partitioning): TopicPartition | undefined {
  const { partitions } = topic;
  if (partitions.length === 0) return undefined;
  switch (partitioning.kind) {
    case "balanced":
      return partitions[topic.nextBalancedPartition()];
    case "key":
      return partitions[partitionForKey(partitioning.key, partitions.length)];
    case "partition":
      return partitions[partitioning.partition];
  }
}

async function poll(context: RequestContext, request: PollMessagesRequest): Promise<PollResponse> {
  const { broker, session } = context;
  const topic = requireTopicToRead(broker, request);
  authorize(context, "poll", topic.streamId, topic.entry.id);
  const isGroup = request.consumer.kind === "group";
  if (isGroup && request.partition === undefined) return EMPTY_POLL;
  const consumer = resolveConsumer(topic, request.consumer);
  if (consumer === undefined) return FENCED;
  const { owner, group } = consumer;
  const id = request.partition ?? 0;
  if (group !== undefined && !group.mayPoll(session, id)) return FENCED;
  const partition = topic.partitions[id];
  if (partition === undefined) throw new RequestRefused(STATUS.PartitionNotFound, `no such partition: ${id}`);

  const start = await startOf(topic, partition, owner, request.strategy, request.count);
  const found = await partition.log.read(start, request.count, MAX_POLL_BYTES);
  if (found.count > 0 && group !== undefined) {
    // The assignment may have changed while the log was read: messages must not go to a member that lost them.
    if (!group.mayPoll(session, id)) return FENCED;
    group.polled(session, id, found.lastOffset);
  }
  if (found.count > 0 && request.autoCommit) {
    const stored = topic.offsets.get(partition.incarnation, owner) ?? -1;
    if (found.lastOffset > stored) await topic.offsets.store(partition.incarnation, owner, found.lastOffset);
    group?.committed(session, id, found.lastOffset);
  }
  return {
    partition: id,
    currentOffset: currentOffset(partition.log.nextOffset),
    count: found.count,
    records: found.pieces,
  };
}

/** The offset a poll starts at; the log moves one before its oldest message there. */
async function startOf(
  topic: Topic,
  { incarnation, log }: TopicPartition,
  owner: OffsetOwner,
  strategy: PollingStrategy,
  count: number,
): Promise<number> {
  switch (strategy.kind) {
    case "offset":
      return Number(strategy.offset);
    case "timestamp":
      return await log.offsetForTimestamp(Number(strategy.timestamp));
    case "first":
      return 0;
    case "last":
      return Math.max(0, log.nextOffset - count);
    case "next": {
      const stored = topic.offsets.get(incarnation, owner);
      return stored === undefined ? 0 : stored + 1;
    }
  }
}
