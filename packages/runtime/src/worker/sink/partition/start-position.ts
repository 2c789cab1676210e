import type { PartitionMembership, StartPosition } from "@iggy-connectors/client";
import type { PartitionRef, Sink } from "@iggy-connectors/sdk";
import { findTopic } from "../../../shared/iggy/find-topic.ts";
import type { InitialOffset } from "../../../shared/task/task-spec.ts";
import { missingTopic } from "../../iggy/ensure-topic.ts";
import type { IggyConnection } from "../../iggy/iggy-connection.ts";
import { readCommitted } from "./committed-offset.ts";

export interface Start {
  /** What Iggy has stored for the group. */
  readonly stored: bigint | undefined;
  /** The last offset that needs nothing more: the larger of Iggy's and the target's. */
  readonly ended: bigint | undefined;
  readonly position: StartPosition;
}

export interface StartDependencies {
  readonly iggy: IggyConnection;
  readonly member: PartitionMembership;
  readonly sink: Sink;
  readonly initialOffset: InitialOffset;
}

/** Where a partition is read from: after what Iggy or the target has stored, whichever is further, else `initial_offset`. */
export async function readStart(
  { iggy, member, sink, initialOffset }: StartDependencies,
  ref: PartitionRef,
): Promise<Start> {
  const stored = await member.getOffset(ref.partition);
  const committed = (await readCommitted(sink, ref))?.offset;
  const ended = committed !== undefined && (stored === undefined || committed > stored) ? committed : stored;
  if (ended !== undefined) return { stored, ended, position: { kind: "offset", next: ended + 1n } };
  switch (initialOffset.kind) {
    case "offset":
      return { stored, ended, position: { kind: "offset", next: initialOffset.offset } };
    case "last": {
      // Everything that is there counts as ended, so that a restart does not skip what was appended meanwhile.
      const newest = await newestOffset(iggy, ref);
      return { stored, ended: newest, position: { kind: "offset", next: newest === undefined ? 0n : newest + 1n } };
    }
    default:
      return { stored, ended, position: initialOffset };
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
