import { rm } from "node:fs/promises";
import type { IggyClient } from "@iggy-connectors/client";
import type { LoadedConnector } from "../config/connector-files/read-connector.ts";
import type { TaskSpec } from "../task/protocol.ts";
import { Refusal } from "./errors.ts";

/** What can be removed with a connector. */
export type PurgeTarget = "state" | "offsets" | "dead_letters";

export const PURGE_TARGETS: readonly PurgeTarget[] = ["state", "offsets", "dead_letters"];

/**
 * Removes what a connector that has ended leaves behind: a source's checkpoint, a sink's consumer groups with their
 * offsets, its dead letters. Throws `Refusal` where somebody else still uses a group.
 */
export async function purge(
  connector: LoadedConnector,
  spec: TaskSpec | undefined,
  targets: ReadonlySet<PurgeTarget>,
  client: () => Promise<IggyClient>,
): Promise<void> {
  if (spec === undefined) return;
  if (targets.has("state") && spec.checkpoint !== undefined) {
    for (const ending of ["", ".original"]) await rm(spec.checkpoint.path + ending, { force: true });
  }
  const groups = targets.has("offsets") && connector.type === "sink";
  if (!groups && !targets.has("dead_letters")) return;
  const iggy = await client();
  if (groups) await deleteGroups(iggy, spec);
  if (targets.has("dead_letters")) {
    const { stream, topic } = spec.deadLetter;
    if ((await iggy.getTopic(stream, topic)) !== undefined) await iggy.deleteTopic(stream, topic);
  }
}

async function deleteGroups(client: IggyClient, spec: TaskSpec): Promise<void> {
  for (const { stream, topics, consumerGroup } of spec.sinkStreams) {
    for (const topic of topics) {
      const group = await client.getConsumerGroup(stream, topic, consumerGroup);
      if (group === undefined) continue;
      if (group.membersCount > 0) {
        throw new Refusal("conflict", `the consumer group ${consumerGroup} of ${stream}/${topic} still has members`, {
          code: "group_in_use",
          fix: "stop the other runtimes that run this connector, then delete the group's offsets",
        });
      }
      await client.deleteConsumerGroup(stream, topic, consumerGroup);
    }
  }
}
