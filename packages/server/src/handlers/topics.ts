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
import * as changes from "../catalog/changes.ts";
import { findStream } from "../catalog/lookup.ts";
import { createdOptions } from "../catalog/topic-options.ts";
import { RequestRefused, refusedByState, STATUS } from "../errors.ts";
import { topicDetails, topicResource } from "./resources.ts";
import { type Route, route } from "./route.ts";

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
  route(getTopic, ({ stream, topic }, { broker }) => {
    const found = broker.findTopic(stream, topic);
    return found === undefined ? undefined : topicDetails(found);
  }),
  route(getTopics, ({ stream }, { broker }) => {
    const entry = findStream(broker.catalog.document, stream);
    return entry?.topics.map((topic) => topicResource(broker.topicOf(entry, topic))) ?? [];
  }),
  route(createTopic, async ({ stream, name, partitionsCount, options }, { broker }) => {
    checkPartitionsCount(partitionsCount, 0);
    const plan = { stream, name, partitionsCount, options: createdOptions(options ?? new Map(), partitionsCount) };
    const created = await broker.catalog.change(changes.createTopic(plan, broker.clock()));
    return topicDetails(broker.topicOf(created.stream, created.topic));
  }),
  route(updateTopic, async (request, { broker }) => {
    await broker.catalog.change(changes.updateTopic(request, request.name, request.options ?? new Map()));
    return undefined;
  }),
  route(deleteTopic, async (target, { broker }) => {
    await broker.catalog.change(changes.deleteTopic(target));
    return undefined;
  }),
  route(purgeTopic, async (target, { broker }) => {
    await broker.catalog.change(changes.purgeTopic(target));
    return undefined;
  }),
  route(createPartitions, async (request, { broker }) => {
    checkPartitionsCount(request.partitionsCount, 1);
    await broker.catalog.change(changes.createPartitions(request, request.partitionsCount, broker.clock()));
    return undefined;
  }),
  route(deletePartitions, async (request, { broker }) => {
    checkPartitionsCount(request.partitionsCount, 1);
    await broker.catalog.change(changes.deletePartitions(request, request.partitionsCount));
    return undefined;
  }),
  route(deleteSegments, async (request, { broker }) => {
    const { stream, topic } = changes.requireTopic(broker.catalog.document, request);
    const partition = broker.topicOf(stream, topic).partitions[request.partition];
    if (partition === undefined) throw refusedByState(STATUS.PartitionNotFound, `no partition ${request.partition}`);
    let left = request.segmentsCount;
    await partition.log.deleteOldest(() => left-- > 0);
    return undefined;
  }),
];
