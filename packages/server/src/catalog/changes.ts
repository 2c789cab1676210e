import type { Identifier, Options } from "@iggy-connectors/protocol";
import { refusedByState, STATUS } from "../errors.ts";
import type { CatalogChange } from "./catalog.ts";
import type { CatalogDocument, GroupEntry, PartitionEntry, StreamEntry, TopicEntry } from "./document.ts";
import { findGroup, findStream, findTopic } from "./lookup.ts";
import { updatedOptions } from "./topic-options.ts";

// The changes that metadata operations make, as pure steps between documents. Refusals travel in the result section.

const MAX_STREAMS = 1_048_576;
const MAX_TOPICS_PER_STREAM = 4096;
const MAX_PARTITIONS_PER_TOPIC = 1_000_000;

export function createStream(name: string, now: number): CatalogChange<StreamEntry> {
  return (document) => {
    if (findStream(document, name) !== undefined) throw nameTaken(STATUS.StreamNameAlreadyExists, "stream", name);
    if (document.streams.length >= MAX_STREAMS) throw refusedByState(STATUS.TooManyStreams, "too many streams");
    const stream: StreamEntry = { id: document.nextStreamId, name, createdAt: now, nextTopicId: 0, topics: [] };
    const streams = [...document.streams, stream];
    return { document: { ...document, nextStreamId: stream.id + 1, streams }, result: stream };
  };
}

export function renameStream(identifier: Identifier, name: string): CatalogChange<void> {
  return (document) => {
    const stream = requireStream(document, identifier);
    const holder = findStream(document, name);
    if (holder !== undefined && holder !== stream) throw nameTaken(STATUS.StreamNameAlreadyExists, "stream", name);
    return withStream(document, { ...stream, name }, undefined);
  };
}

export function deleteStream(identifier: Identifier): CatalogChange<void> {
  return (document) => {
    const stream = requireStream(document, identifier);
    const streams = document.streams.filter((candidate) => candidate !== stream);
    return { document: { ...document, streams }, result: undefined };
  };
}

export function purgeStream(identifier: Identifier): CatalogChange<void> {
  return (document) => {
    const stream = requireStream(document, identifier);
    let incarnation = document.nextIncarnation;
    const topics = stream.topics.map((topic) => {
      const purged = { ...topic, partitions: renewed(topic.partitions, incarnation) };
      incarnation += topic.partitions.length;
      return purged;
    });
    return withStream({ ...document, nextIncarnation: incarnation }, { ...stream, topics }, undefined);
  };
}

export interface TopicPlan {
  readonly stream: Identifier;
  readonly name: string;
  readonly partitionsCount: number;
  /** Checked options, see `createdOptions`. */
  readonly options: Readonly<Record<string, string>>;
}

export function createTopic(plan: TopicPlan, now: number): CatalogChange<{ stream: StreamEntry; topic: TopicEntry }> {
  return (document) => {
    const stream = requireStream(document, plan.stream);
    if (findTopic(stream, plan.name) !== undefined) {
      throw nameTaken(STATUS.TopicNameAlreadyExists, "topic", plan.name);
    }
    if (stream.topics.length >= MAX_TOPICS_PER_STREAM) throw refusedByState(STATUS.TooManyTopics, "too many topics");
    const topic: TopicEntry = {
      id: stream.nextTopicId,
      name: plan.name,
      createdAt: now,
      options: plan.options,
      nextGroupId: 0,
      partitions: newPartitions(0, plan.partitionsCount, document.nextIncarnation, now),
      groups: [],
    };
    const grown = { ...stream, nextTopicId: topic.id + 1, topics: [...stream.topics, topic] };
    const counted = { ...document, nextIncarnation: document.nextIncarnation + plan.partitionsCount };
    return withStream(counted, grown, { stream: grown, topic });
  };
}

export interface TopicTarget {
  readonly stream: Identifier;
  readonly topic: Identifier;
}

export function updateTopic(target: TopicTarget, name: string, options: Options): CatalogChange<void> {
  return (document) => {
    const { stream, topic } = requireTopic(document, target);
    const holder = findTopic(stream, name);
    if (holder !== undefined && holder !== topic) throw nameTaken(STATUS.TopicNameAlreadyExists, "topic", name);
    return withTopic(document, stream, { ...topic, name, options: updatedOptions(topic, options) }, undefined);
  };
}

export function deleteTopic(target: TopicTarget): CatalogChange<void> {
  return (document) => {
    const { stream, topic } = requireTopic(document, target);
    const topics = stream.topics.filter((candidate) => candidate !== topic);
    return withStream(document, { ...stream, topics }, undefined);
  };
}

export function purgeTopic(target: TopicTarget): CatalogChange<void> {
  return (document) => {
    const { stream, topic } = requireTopic(document, target);
    const partitions = renewed(topic.partitions, document.nextIncarnation);
    const counted = { ...document, nextIncarnation: document.nextIncarnation + partitions.length };
    return withTopic(counted, stream, { ...topic, partitions }, undefined);
  };
}

export function createPartitions(target: TopicTarget, count: number, now: number): CatalogChange<void> {
  return (document) => {
    const { stream, topic } = requireTopic(document, target);
    const existing = topic.partitions.length;
    if (existing + count > MAX_PARTITIONS_PER_TOPIC) {
      throw refusedByState(STATUS.PartitionIdSpaceExhausted, "too many partitions");
    }
    const partitions = [...topic.partitions, ...newPartitions(existing, count, document.nextIncarnation, now)];
    const counted = { ...document, nextIncarnation: document.nextIncarnation + count };
    return withTopic(counted, stream, { ...topic, partitions }, undefined);
  };
}

export function deletePartitions(target: TopicTarget, count: number): CatalogChange<void> {
  return (document) => {
    const { stream, topic } = requireTopic(document, target);
    if (count > topic.partitions.length) {
      throw refusedByState(STATUS.InvalidPartitionsCount, `the topic has ${topic.partitions.length} partitions`);
    }
    const partitions = topic.partitions.slice(0, topic.partitions.length - count);
    return withTopic(document, stream, { ...topic, partitions }, undefined);
  };
}

export interface CreatedGroup {
  readonly topic: TopicEntry;
  readonly group: GroupEntry;
}

export function createGroup(target: TopicTarget, name: string): CatalogChange<CreatedGroup> {
  return (document) => {
    const { stream, topic } = requireTopic(document, target);
    if (findGroup(topic, name) !== undefined) {
      throw nameTaken(STATUS.ConsumerGroupNameAlreadyExists, "consumer group", name);
    }
    const group: GroupEntry = { id: topic.nextGroupId, name };
    const grown = { ...topic, nextGroupId: group.id + 1, groups: [...topic.groups, group] };
    return withTopic(document, stream, grown, { topic: grown, group });
  };
}

export function deleteGroup(target: TopicTarget, identifier: Identifier): CatalogChange<void> {
  return (document) => {
    const { stream, topic } = requireTopic(document, target);
    const group = requireGroup(topic, identifier);
    const groups = topic.groups.filter((candidate) => candidate !== group);
    return withTopic(document, stream, { ...topic, groups }, undefined);
  };
}

/** @throws RequestRefused 1009 in the result section. */
function requireStream(document: CatalogDocument, identifier: Identifier): StreamEntry {
  const stream = findStream(document, identifier);
  if (stream === undefined)
    throw refusedByState(STATUS.StreamIdNotFound, `no such stream: ${JSON.stringify(identifier)}`);
  return stream;
}

/** @throws RequestRefused 1009 or 2010 in the result section. */
export function requireTopic(
  document: CatalogDocument,
  target: TopicTarget,
): { stream: StreamEntry; topic: TopicEntry } {
  const stream = requireStream(document, target.stream);
  const topic = findTopic(stream, target.topic);
  if (topic === undefined)
    throw refusedByState(STATUS.TopicIdNotFound, `no such topic: ${JSON.stringify(target.topic)}`);
  return { stream, topic };
}

/** @throws RequestRefused 5000 in the result section. */
export function requireGroup(topic: TopicEntry, identifier: Identifier): GroupEntry {
  const group = findGroup(topic, identifier);
  if (group === undefined) {
    throw refusedByState(STATUS.ConsumerGroupIdNotFound, `no such consumer group: ${JSON.stringify(identifier)}`);
  }
  return group;
}

function newPartitions(firstId: number, count: number, firstIncarnation: number, now: number): PartitionEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    id: firstId + index,
    createdAt: now,
    incarnation: firstIncarnation + index,
  }));
}

function renewed(partitions: readonly PartitionEntry[], firstIncarnation: number): PartitionEntry[] {
  return partitions.map((partition, index) => ({ ...partition, incarnation: firstIncarnation + index }));
}

function withStream<Result>(
  document: CatalogDocument,
  stream: StreamEntry,
  result: Result,
): { document: CatalogDocument; result: Result } {
  const streams = document.streams.map((candidate) => (candidate.id === stream.id ? stream : candidate));
  return { document: { ...document, streams }, result };
}

function withTopic<Result>(
  document: CatalogDocument,
  stream: StreamEntry,
  topic: TopicEntry,
  result: Result,
): { document: CatalogDocument; result: Result } {
  const topics = stream.topics.map((candidate) => (candidate.id === topic.id ? topic : candidate));
  return withStream(document, { ...stream, topics }, result);
}

function nameTaken(code: number, what: string, name: string): Error {
  return refusedByState(code, `a ${what} named ${JSON.stringify(name)} already exists`);
}
