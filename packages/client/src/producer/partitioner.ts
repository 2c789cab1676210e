import { type Identifier, type Partitioning, partitionForKey } from "@iggy-connectors/protocol";

/** Asks the server; rejects when the topic does not exist or has no partitions. */
export type PartitionsLookup = (stream: Identifier, topic: Identifier) => Promise<number>;

interface KnownTopic {
  partitionsCount: number;
  fetchedAt: number;
  /** Partition of the next balanced request. Kept when the count is refreshed. */
  cursor: number;
  refreshing: Promise<void> | undefined;
}

/** Milliseconds for which a partition count is trusted; topics seldom grow or shrink. */
const TRUSTED_FOR = 5000;
/** Topics whose count and cursor are remembered; the one added first goes first. */
const CAPACITY = 4096;

/**
 * Picks the partition of a send as the official clients do: balanced is a round robin per topic with one step per
 * request, starting at partition 0; a key goes to the partition its XXH32 hash names.
 */
export class Partitioner {
  readonly #lookup: PartitionsLookup;
  readonly #topics = new Map<string, KnownTopic>();

  constructor(lookup: PartitionsLookup) {
    this.#lookup = lookup;
  }

  /** @throws what the lookup throws. */
  async resolve(stream: Identifier, topic: Identifier, partitioning: Partitioning): Promise<number> {
    if (partitioning.kind === "partition") return partitioning.partition;
    const known = this.#known(stream, topic);
    if (performance.now() - known.fetchedAt >= TRUSTED_FOR) await this.#refresh(known, stream, topic);
    if (partitioning.kind === "key") return partitionForKey(partitioning.key, known.partitionsCount);
    const partition = known.cursor % known.partitionsCount;
    known.cursor = partition + 1;
    return partition;
  }

  /** Asks the server now; returns whether the count has changed. */
  async changed(stream: Identifier, topic: Identifier): Promise<boolean> {
    const known = this.#known(stream, topic);
    const before = known.partitionsCount;
    await this.#refresh(known, stream, topic);
    return known.partitionsCount !== before;
  }

  #refresh(known: KnownTopic, stream: Identifier, topic: Identifier): Promise<void> {
    known.refreshing ??= this.#lookup(stream, topic)
      .then((partitionsCount) => {
        known.partitionsCount = partitionsCount;
        known.fetchedAt = performance.now();
      })
      .finally(() => {
        known.refreshing = undefined;
      });
    return known.refreshing;
  }

  #known(stream: Identifier, topic: Identifier): KnownTopic {
    const key = `${describe(stream)}/${describe(topic)}`;
    const known = this.#topics.get(key);
    if (known !== undefined) return known;
    if (this.#topics.size >= CAPACITY) {
      for (const oldest of this.#topics.keys()) {
        this.#topics.delete(oldest);
        break;
      }
    }
    const added = { partitionsCount: 0, fetchedAt: Number.NEGATIVE_INFINITY, cursor: 0, refreshing: undefined };
    this.#topics.set(key, added);
    return added;
  }
}

/** Numbers and names are different identifiers, and a name may contain any character. */
function describe(identifier: Identifier): string {
  return JSON.stringify(identifier);
}
