import {
  createConsumerGroup,
  deleteConsumerGroup,
  type GroupTarget,
  getConsumerGroup,
  getConsumerGroups,
  joinConsumerGroup,
  leaveConsumerGroup,
  syncConsumerGroup,
} from "@iggy-connectors/protocol";
import type { Broker } from "../../broker.ts";
import * as changes from "../../catalog/changes.ts";
import type { Session } from "../../connections/session.ts";
import { RequestRefused, refusedByState, STATUS } from "../../errors.ts";
import type { ConsumerGroup } from "../../groups/group.ts";
import type { Topic } from "../../topics/topic.ts";
import { authorize, authorizeTopic } from "../authorize.ts";
import { groupDetails } from "../resources.ts";
import { type Route, route } from "../route.ts";
import { requireTopicToRead } from "../topic-to-read.ts";

interface FoundGroup {
  readonly topic: Topic;
  readonly groupId: number;
  readonly group: ConsumerGroup<Session>;
}

/** @throws RequestRefused 1009, 2010 or 5000 in the result section. */
function requireGroup(broker: Broker, target: GroupTarget): FoundGroup {
  const { stream, topic } = changes.requireTopic(broker.catalog.document, target);
  const { id } = changes.requireGroup(topic, target.group);
  const atWork = broker.topicOf(stream, topic);
  const found = atWork.findGroup(id);
  if (found === undefined) throw refusedByState(STATUS.ConsumerGroupIdNotFound, `no such consumer group: ${id}`);
  return { topic: atWork, groupId: id, group: found.group };
}

export const groupRoutes: readonly Route[] = [
  route(getConsumerGroup, (target, context) => {
    const topic = requireTopicToRead(context.broker, target);
    authorize(context, "readTopic", topic.streamId, topic.entry.id);
    const found = topic.findGroup(target.group);
    return found === undefined ? undefined : groupDetails(topic, found.entry);
  }),
  route(getConsumerGroups, (target, context) => {
    const topic = requireTopicToRead(context.broker, target);
    authorize(context, "readTopic", topic.streamId, topic.entry.id);
    return topic.entry.groups.map((entry) => groupDetails(topic, entry));
  }),
  route(createConsumerGroup, async (request, context) => {
    authorizeTopic(context, "readTopic", request);
    const { broker } = context;
    const { group } = await broker.catalog.change(changes.createGroup(request, request.name));
    return groupDetails(requireTopicToRead(broker, request), group);
  }),
  route(deleteConsumerGroup, async (request, context) => {
    authorizeTopic(context, "readTopic", request);
    await context.broker.catalog.change(changes.deleteGroup(request, request.group));
    return undefined;
  }),
  route(joinConsumerGroup, (request, context) => {
    authorizeTopic(context, "readTopic", request);
    const { broker, session } = context;
    const { topic, groupId, group } = requireGroup(broker, request);
    // The client may have gone while its request waited: a member without a client would keep its partitions.
    if (session.ended) throw new RequestRefused(STATUS.Unauthenticated, "the session has ended");
    if (group.has(session)) return undefined;
    group.join(session);
    session.memberships.add({ streamId: topic.streamId, topicId: topic.entry.id, groupId, group });
    return undefined;
  }),
  route(leaveConsumerGroup, (request, { broker, session }) => {
    const { group } = requireGroup(broker, request);
    if (!group.leave(session)) {
      throw refusedByState(STATUS.ConsumerGroupMemberNotFound, "not a member of the consumer group");
    }
    for (const membership of session.memberships) {
      if (membership.group === group) session.memberships.delete(membership);
    }
    return undefined;
  }),
  route(syncConsumerGroup, (request, { broker, session }) => {
    const group = broker.findTopic(request.stream, request.topic)?.findGroup(request.group)?.group;
    const partitions = group?.assignment(session);
    return group === undefined || partitions === undefined
      ? undefined
      : { generation: BigInt(group.generation), partitions };
  }),
];
