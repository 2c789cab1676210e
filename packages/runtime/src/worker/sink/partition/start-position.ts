import { type Landmark, type PartitionMembership, readLandmark, type StartPosition } from "@iggy-connectors/client";
import type { CommittedOffset, PartitionRef, Sink } from "@iggy-connectors/sdk";
import { findTopic } from "../../../shared/iggy/find-topic.ts";
import type { InitialOffset } from "../../../shared/task/task-spec.ts";
import { missingTopic } from "../../iggy/ensure-topic.ts";
import type { IggyConnection } from "../../iggy/iggy-connection.ts";
import { isOfAnotherLog, readCommitted } from "./target-record.ts";

/**
 * Why a partition is not read from where it was left:
 * - `another_history`: topic or partition were deleted and created again.
 * - `purged`: the log is the same by name, but other messages are in it.
 * - `target_behind`: the target was set back, it lacks messages that Iggy counts as processed.
 * - `target_forgot`: the target's record was removed while it was in use.
 */
export type Relocation = "another_history" | "purged" | "target_behind" | "target_forgot";

export interface Start {
  /** What Iggy has stored for the group. */
  readonly stored: bigint | undefined;
  /** The last offset that needs nothing more. */
  readonly ended: bigint | undefined;
  /** What the target has recorded of this log. */
  readonly committed: CommittedOffset | undefined;
  readonly position: StartPosition;
  readonly relocation?: Relocation | undefined;
}

/** What the task knew of the partition when it last worked on it. */
export interface FormerWork {
  readonly history: string | undefined;
  /** What it stored in Iggy. */
  readonly stored: bigint | undefined;
  /** The target had a record, which is gone. */
  readonly recordForgotten: boolean;
  /** How often in a row the target's record was moved by somebody else, before anything was recorded; 0: it was not. */
  readonly moves: number;
}

export interface StartDependencies {
  readonly iggy: IggyConnection;
  readonly member: PartitionMembership;
  readonly sink: Sink;
  readonly initialOffset: InitialOffset;
  readonly former: FormerWork | undefined;
}

/**
 * Where a partition is read from (invariant 8): after what its target has recorded of its log, behind or ahead of Iggy; after what
 * Iggy has stored where the target keeps no offsets; else `initial_offset`.
 */
export async function readStart(dependencies: StartDependencies, ref: PartitionRef): Promise<Start> {
  const { member, sink, former } = dependencies;
  const stored = await member.getOffset(ref.partition);
  const committed = await readCommitted(sink, ref);
  if (committed !== undefined) {
    if (isOfAnotherLog(committed, ref)) return startOver(dependencies, ref, stored, "another_history");
    return startFromTarget(dependencies, ref, stored, committed);
  }
  if (former?.recordForgotten === true && mayStartOver(dependencies, stored)) {
    return startOver(dependencies, ref, stored, "target_forgot");
  }
  const replaced = former !== undefined && isOfAnotherLog(former, ref);
  // What this task stored last counts in the former log, if the new one's group has it: partition and group may have parted.
  if (replaced && (stored === undefined || stored === former.stored)) {
    return startOver(dependencies, ref, stored, "another_history");
  }
  if (stored === undefined) return startInitially(dependencies, ref, { stored, committed });
  return startAfter(dependencies, ref, { stored, ended: stored, committed });
}

async function startFromTarget(
  dependencies: StartDependencies,
  ref: PartitionRef,
  stored: bigint | undefined,
  committed: CommittedOffset,
): Promise<Start> {
  const ended = committed.offset;
  const isBehind = stored !== undefined && (ended === undefined || ended < stored);
  const relocation = isBehind ? "target_behind" : undefined;
  if (ended === undefined) return startInitially(dependencies, ref, { stored, committed, relocation });
  const start = await startAfter(dependencies, ref, { stored, ended, committed, relocation });
  if (!isOtherMessage(start.position, committed)) return start;
  // Whatever `initial_offset` says: all that is in the log came after the purge.
  return startOver({ ...dependencies, initialOffset: { kind: "first" } }, ref, stored, "purged");
}

/** With `initial_offset = "last"` the whole log was never wanted; what Iggy has stored is the better guess. */
function mayStartOver({ initialOffset }: StartDependencies, stored: bigint | undefined): boolean {
  return initialOffset.kind !== "last" || stored === undefined;
}

/** Whether the log has another message where the target recorded one. */
function isOtherMessage(position: StartPosition, { timestamp }: CommittedOffset): boolean {
  const landmark = position.kind === "offset" ? position.landmark : undefined;
  return timestamp !== undefined && landmark !== undefined && landmark.timestamp !== timestamp;
}

async function startAfter(
  { member }: StartDependencies,
  ref: PartitionRef,
  found: Omit<Start, "position"> & { readonly ended: bigint },
): Promise<Start> {
  const landmark: Landmark | undefined = await readLandmark(member, ref.partition, found.ended);
  return { ...found, position: { kind: "offset", next: found.ended + 1n, landmark } };
}

/** Nothing that was recorded or stored applies: the target is told so, where it wants to know. */
async function startOver(
  dependencies: StartDependencies,
  ref: PartitionRef,
  stored: bigint | undefined,
  relocation: Relocation,
): Promise<Start> {
  const start = await startInitially(dependencies, ref, { stored, committed: undefined, relocation });
  await dependencies.sink.reset?.(ref, start.position.kind === "offset" ? start.position.next : 0n);
  return start;
}

/** From `initial_offset`. */
async function startInitially(
  { iggy, initialOffset }: StartDependencies,
  ref: PartitionRef,
  found: Omit<Start, "position" | "ended">,
): Promise<Start> {
  switch (initialOffset.kind) {
    case "offset":
      return { ...found, ended: undefined, position: { kind: "offset", next: initialOffset.offset } };
    case "last": {
      // Everything that is there counts as ended, so that a restart does not skip what was appended meanwhile.
      const newest = await newestOffset(iggy, ref);
      return {
        ...found,
        ended: newest,
        position: { kind: "offset", next: newest === undefined ? 0n : newest + 1n },
      };
    }
    default:
      return { ...found, ended: undefined, position: initialOffset };
  }
}

async function newestOffset(
  iggy: IggyConnection,
  { stream, topic, partition }: PartitionRef,
): Promise<bigint | undefined> {
  const details = await findTopic(iggy, stream, topic);
  if (details === undefined) throw missingTopic(stream, topic);
  const found = details.partitions.find(({ id }) => id === partition);
  return found === undefined || found.messagesCount === 0n ? undefined : found.currentOffset;
}
