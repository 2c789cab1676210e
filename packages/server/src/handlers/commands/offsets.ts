import {
  deleteConsumerOffset,
  getConsumerOffset,
  type OffsetTarget,
  storeConsumerOffset,
} from "@iggy-connectors/protocol";
import { RequestRefused, STATUS } from "../../errors.ts";
import type { Topic, TopicPartition } from "../../topics/topic.ts";
import { authorize } from "../authorize.ts";
import { type ResolvedConsumer, requireConsumer, resolveConsumer } from "../consumer.ts";
import { currentOffset } from "../resources.ts";
import { type RequestContext, type Route, route } from "../route.ts";

interface WriteTarget extends ResolvedConsumer {
  readonly topic: Topic;
  readonly partition: TopicPartition;
}

/** @throws RequestRefused 20 when the target or its group does not exist, or is not this member's. */
function requireWriteTarget(target: OffsetTarget, context: RequestContext): WriteTarget {
  const { broker, session } = context;
  const topic = broker.findTopic(target.stream, target.topic);
  const partition = target.partition === undefined ? undefined : topic?.partitions[target.partition];
  if (topic === undefined || partition === undefined) {
    throw new RequestRefused(STATUS.ResourceNotFound, "no such stream, topic or partition");
  }
  authorize(context, "poll", topic.streamId, topic.entry.id);
  const consumer = requireConsumer(topic, target.consumer);
  if (consumer.group !== undefined && !consumer.group.mayStore(session, partition.id)) {
    throw new RequestRefused(STATUS.ResourceNotFound, `partition ${partition.id} is not owned by this member`);
  }
  return { ...consumer, topic, partition };
}

export const offsetRoutes: readonly Route[] = [
  route(storeConsumerOffset, async (request, context) => {
    const { topic, partition, owner, group } = requireWriteTarget(request, context);
    if (request.offset >= BigInt(partition.log.nextOffset)) {
      throw new RequestRefused(STATUS.InvalidOffset, `offset ${request.offset} is beyond the end of the partition`);
    }
    const offset = Number(request.offset);
    await topic.offsets.store(partition.incarnation, owner, offset);
    group?.committed(context.session, partition.id, offset);
    return undefined;
  }),
  route(deleteConsumerOffset, async (request, context) => {
    const { topic, partition, owner } = requireWriteTarget(request, context);
    if (!(await topic.offsets.delete(partition.incarnation, owner))) {
      throw new RequestRefused(STATUS.ConsumerOffsetNotFound, "no offset is stored");
    }
    return undefined;
  }),
  route(getConsumerOffset, (request, context) => {
    const topic = context.broker.findTopic(request.stream, request.topic);
    if (topic !== undefined) authorize(context, "poll", topic.streamId, topic.entry.id);
    const consumer = topic === undefined ? undefined : resolveConsumer(topic, request.consumer);
    if (topic === undefined || consumer === undefined) return undefined;
    if (request.partition === undefined && consumer.group !== undefined) return undefined;
    const partition = topic.partitions[request.partition ?? 0];
    if (partition === undefined) throw new RequestRefused(STATUS.PartitionNotFound, "no such partition");
    const stored = topic.offsets.get(partition.incarnation, consumer.owner);
    if (stored === undefined) return undefined;
    return {
      partition: partition.id,
      currentOffset: currentOffset(partition.log.nextOffset),
      storedOffset: BigInt(stored),
    };
  }),
];
