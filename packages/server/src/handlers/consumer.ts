import { type ConsumerRef, type Identifier, xxh32 } from "@iggy-connectors/protocol";
import type { GroupEntry } from "../catalog/document.ts";
import type { Session } from "../connections/session.ts";
import { RequestRefused, STATUS } from "../errors.ts";
import type { ConsumerGroup } from "../groups/group.ts";
import type { OffsetOwner } from "../storage/offsets/offsets-entries.ts";
import type { Topic } from "../topics/topic.ts";

/** Whose offsets a request is about; `group` only when it is a consumer group's. */
export interface ResolvedConsumer {
  readonly owner: OffsetOwner;
  readonly group: ConsumerGroup<Session> | undefined;
}

/** Nothing when the request names a consumer group that is not there. */
export function resolveConsumer(topic: Topic, consumer: ConsumerRef): ResolvedConsumer | undefined {
  if (consumer.kind === "consumer")
    return { owner: { kind: "consumer", id: consumerNumber(consumer.id) }, group: undefined };
  const found = topic.findGroup(consumer.id);
  return found === undefined ? undefined : groupConsumer(found.entry, found.group);
}

/** @throws RequestRefused 20 when the request names a consumer group that does not exist. */
export function requireConsumer(topic: Topic, consumer: ConsumerRef): ResolvedConsumer {
  const resolved = resolveConsumer(topic, consumer);
  if (resolved !== undefined) return resolved;
  throw new RequestRefused(STATUS.ResourceNotFound, `no such consumer group: ${JSON.stringify(consumer.id)}`);
}

function groupConsumer(entry: GroupEntry, group: ConsumerGroup<Session>): ResolvedConsumer {
  return { owner: { kind: "group", id: entry.id }, group };
}

/** A named consumer is known by the XXH32 of its name. */
function consumerNumber(id: Identifier): number {
  return typeof id === "number" ? id : xxh32(Buffer.from(id, "utf8"));
}
