import type { PartitionMembership } from "@iggy-connectors/client";
import { RejectedError } from "@iggy-connectors/sdk";
import type { MessageFailure } from "@iggy-connectors/transforms";
import { isSamePartition, type PartitionId } from "../../shared/iggy/same-partition.ts";
import type { SuspectRange, SuspectSpec } from "../../shared/task/task-spec.ts";

/** What a task knows about messages that an earlier worker hung with: they are read, and so delivered, in small parts. */
export class Suspects {
  readonly #ranges: readonly { readonly range: SuspectRange; readonly first: bigint; readonly last: bigint }[];
  readonly #spec: SuspectSpec | undefined;

  constructor(spec: SuspectSpec | undefined) {
    this.#spec = spec;
    this.#ranges = (spec?.ranges ?? []).map((range) => ({
      range,
      first: BigInt(range.first),
      last: BigInt(range.last),
    }));
  }

  /** How many messages from `next` on may be delivered together, at most `count`. Undefined `next`: the first of the log. */
  limit(ref: PartitionId, next: bigint | undefined, count: number): number {
    let limit = count;
    for (const { range, first, last } of this.#ranges) {
      if (!isSamePartition(ref, range)) continue;
      if (next === undefined || (first <= next && next <= last)) limit = Math.min(limit, range.part);
      else if (next < first && first - next < BigInt(limit)) limit = Number(first - next);
    }
    return limit;
  }

  /** Number of messages that may be flushed together with the one at `offset`; undefined: any. */
  partAt(ref: PartitionId, offset: bigint): number | undefined {
    if (this.#ranges.length === 0) return undefined;
    const limit = this.limit(ref, offset, Number.MAX_SAFE_INTEGER);
    return this.#ranges.some(
      ({ range, first, last }) => isSamePartition(ref, range) && first <= offset && offset <= last,
    )
      ? limit
      : undefined;
  }

  /** Why a message must not be tried any more; undefined: it may be. `index`: its position in its batch. */
  failureAt(ref: PartitionId, offset: bigint, index: number): MessageFailure | undefined {
    const known = this.#spec?.hanging.find(
      (message) => isSamePartition(ref, message) && BigInt(message.offset) === offset,
    );
    if (known === undefined) return undefined;
    const error = new RejectedError(known.reason, {
      code: "IGC_PLUGIN_UNRESPONSIVE",
      fix: "find out why the connector does not return from this message; hang_timeout is how long it may take",
    });
    return { index, stage: known.call === "transforms" ? "transform" : "consume", error, attempts: 2 };
  }

  /** The membership of a partition, with polls of as many messages as may be delivered together. */
  reading(ref: PartitionId, member: PartitionMembership): Pick<PartitionMembership, "poll"> {
    if (!this.#ranges.some(({ range }) => isSamePartition(ref, range))) return member;
    return {
      poll: (partition, strategy, count) =>
        member.poll(
          partition,
          strategy,
          this.limit(ref, strategy.kind === "offset" ? strategy.offset : undefined, count),
        ),
    };
  }
}
