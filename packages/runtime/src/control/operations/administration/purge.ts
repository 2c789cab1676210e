import { rm } from "node:fs/promises";
import type { IggyClient } from "@iggy-connectors/client";
import type { SinkStreamSpec, TaskSpec } from "../../../shared/task/task-spec.ts";
import { Refusal } from "../refusal.ts";

/** What can be removed with a connector. */
export type PurgeTarget = "state" | "offsets" | "dead_letters";

export const PURGE_TARGETS: readonly PurgeTarget[] = ["state", "offsets", "dead_letters"];

/**
 * Removes what the tasks of a removed connector have left: the checkpoints of a source, the consumer groups of a sink with
 * their offsets, its dead letters. Throws `Refusal` where a group still has members.
 */
export async function purge(
  tasks: readonly TaskSpec[],
  targets: ReadonlySet<PurgeTarget>,
  client: () => Promise<IggyClient>,
): Promise<void> {
  if (targets.has("state")) {
    const files = tasks.flatMap(({ checkpoint }) => checkpoint?.path ?? []);
    for (const file of files) for (const ending of ["", ".original"]) await rm(file + ending, { force: true });
  }
  const [spec] = tasks;
  const groups = targets.has("offsets") && spec?.type === "sink";
  if (spec === undefined || (!groups && !targets.has("dead_letters"))) return;
  const iggy = await client();
  if (groups) for (const stream of spec.sinkStreams) await deleteGroups(iggy, stream);
  if (targets.has("dead_letters")) {
    const { stream, topic } = spec.deadLetter;
    if ((await iggy.getTopic(stream, topic)) !== undefined) await iggy.deleteTopic(stream, topic);
  }
}

async function deleteGroups(client: IggyClient, spec: SinkStreamSpec): Promise<void> {
  const { stream, topicsPattern, consumerGroup } = spec;
  // The pattern may have matched other topics in the past: a group of this name in any topic is the connector's.
  const topics = topicsPattern === undefined ? spec.topics : (await client.getTopics(stream)).map(({ name }) => name);
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
