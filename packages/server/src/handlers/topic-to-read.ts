import type { TopicTarget } from "@iggy-connectors/protocol";
import type { Broker } from "../broker.ts";
import { findStream } from "../catalog/lookup.ts";
import { RequestRefused, STATUS } from "../errors.ts";
import type { Topic } from "../topics/topic.ts";

/** The topic of a read that cannot answer without one. @throws RequestRefused 1009 or 2010 in the status. */
export function requireTopicToRead(broker: Broker, target: TopicTarget): Topic {
  const topic = broker.findTopic(target.stream, target.topic);
  if (topic !== undefined) return topic;
  if (findStream(broker.catalog.document, target.stream) === undefined) {
    throw new RequestRefused(STATUS.StreamIdNotFound, `no such stream: ${JSON.stringify(target.stream)}`);
  }
  throw new RequestRefused(STATUS.TopicIdNotFound, `no such topic: ${JSON.stringify(target.topic)}`);
}
