import {
  createPartitions,
  createTopic,
  deletePartitions,
  deleteSegments,
  deleteTopic,
  getTopic,
  getTopics,
  purgeTopic,
  updateTopic,
} from "@iggy-connectors/protocol";
import * as changes from "../../catalog/changes.ts";
import { findStream } from "../../catalog/lookup.ts";
import { createdOptions } from "../../catalog/topic-options.ts";
import { RequestRefused, refusedByState, STATUS } from "../../errors.ts";
import { authorize, authorizeStream, authorizeTopic } from "../authorize.ts";
import { topicDetails, topicResource } from "../resources.ts";
import { type Route, route } from "../route.ts";

const MAX_PARTITIONS_PER_REQUEST = 1000;

function checkPartitionsCount(count: number, least: number): void {
  if (count < least || count > MAX_PARTITIONS_PER_REQUEST) {
    throw new RequestRefused(
      STATUS.TooManyPartitions,
      `${count} partitions in one request, ${least} … ${MAX_PARTITIONS_PER_REQUEST} are allowed`,
    );
  }
}

export const topicRoutes: readonly Route[] = [
  route(getTopic, ({ stream, topic }, context) => {
    const found = context.broker.findTopic(stream, topic);
    if (found === undefined) return undefined;
    authorize(context, "readTopic", found.streamId, found.entry.id);
    return topicDetails(found);
  }),
  route(getTopics, ({ stream }, context) => {
    const { broker } = context;
    const entry = findStream(broker.catalog.document, stream);
    if (entry === undefined) return [];
    authorize(context, "listTopics", entry.id);
    return entry.topics.map((topic) => topicResource(broker.topicOf(entry, topic)));
  }),
  route(createTopic, async ({ stream, name, partitionsCount, options }, context) => {
    authorizeStream(context, "createTopic", stream);
    checkPartitionsCount(partitionsCount, 0);
    const { broker } = context;
    const plan = { stream, name, partitionsCount, options: createdOptions(options ?? new Map(), partitionsCount) };
    const created = await broker.catalog.change(changes.createTopic(plan, broker.clock()));
    return topicDetails(broker.topicOf(created.stream, created.topic));
  }),
  route(updateTopic, async (request, context) => {
    authorizeTopic(context, "manageTopic", request);
    const { broker } = context;
    await broker.catalog.change(changes.updateTopic(request, request.name, request.options ?? new Map()));
    return undefined;
  }),
  route(deleteTopic, async (target, context) => {
    authorizeTopic(context, "manageTopic", target);
    await context.broker.catalog.change(changes.deleteTopic(target));
    return undefined;
  }),
  route(purgeTopic, async (target, context) => {
    authorizeTopic(context, "manageTopic", target);
    await context.broker.catalog.change(changes.purgeTopic(target));
    return undefined;
  }),
  route(createPartitions, async (request, context) => {
    authorizeTopic(context, "manageTopic", request);
    const { broker } = context;
    checkPartitionsCount(request.partitionsCount, 1);
    await broker.catalog.change(changes.createPartitions(request, request.partitionsCount, broker.clock()));
    return undefined;
  }),
  route(deletePartitions, async (request, context) => {
    authorizeTopic(context, "manageTopic", request);
    const { broker } = context;
    checkPartitionsCount(request.partitionsCount, 1);
    await broker.catalog.change(changes.deletePartitions(request, request.partitionsCount));
    return undefined;
  }),
  route(deleteSegments, async (request, context) => {
    authorizeTopic(context, "manageTopic", request);
    const { broker } = context;
    const { stream, topic } = changes.requireTopic(broker.catalog.document, request);
    const partition = broker.topicOf(stream, topic).partitions[request.partition];
    if (partition === undefined)
      throw refusedByState(STATUS.PartitionNotFound, `no such partition: ${request.partition}`);
    let left = request.segmentsCount;
    await partition.log.deleteOldest(() => left-- > 0);
    return undefined;
  }),
];
