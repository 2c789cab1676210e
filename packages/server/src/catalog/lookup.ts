import type { Identifier } from "@iggy-connectors/protocol";
import type { CatalogDocument, GroupEntry, StreamEntry, TopicEntry, UserEntry } from "./document.ts";

interface Named {
  readonly id: number;
  readonly name: string;
}

interface NamedIndex<Entry> {
  readonly byId: ReadonlyMap<number, Entry>;
  readonly byName: ReadonlyMap<string, Entry>;
}

// Documents are immutable, so an index of one of their lists stays true as long as the list lives.
const indexes = new WeakMap<readonly Named[], NamedIndex<Named>>();

function find<Entry extends Named>(entries: readonly Entry[], identifier: Identifier): Entry | undefined {
  let index = indexes.get(entries) as NamedIndex<Entry> | undefined;
  if (index === undefined) {
    index = {
      byId: new Map(entries.map((entry) => [entry.id, entry])),
      byName: new Map(entries.map((entry) => [entry.name, entry])),
    };
    indexes.set(entries, index);
  }
  return typeof identifier === "number" ? index.byId.get(identifier) : index.byName.get(identifier);
}

export function findStream(document: CatalogDocument, stream: Identifier): StreamEntry | undefined {
  return find(document.streams, stream);
}

export function findTopic(stream: StreamEntry, topic: Identifier): TopicEntry | undefined {
  return find(stream.topics, topic);
}

export function findGroup(topic: TopicEntry, group: Identifier): GroupEntry | undefined {
  return find(topic.groups, group);
}

const userIndexes = new WeakMap<readonly UserEntry[], ReadonlyMap<Identifier, UserEntry>>();

/** By id or by name. */
export function findUser({ users }: CatalogDocument, user: Identifier): UserEntry | undefined {
  let index = userIndexes.get(users);
  if (index === undefined) {
    index = new Map<Identifier, UserEntry>(
      users.flatMap((entry): [Identifier, UserEntry][] => [
        [entry.id, entry],
        [entry.username, entry],
      ]),
    );
    userIndexes.set(users, index);
  }
  return index.get(user);
}
