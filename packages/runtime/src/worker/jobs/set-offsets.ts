import { GroupMember, IggyClient } from "@iggy-connectors/client";
import { ConnectorError, type Sink } from "@iggy-connectors/sdk";
import type { OpenJob, PartitionStart } from "../../shared/jobs/job.ts";
import type { LoadedPlugin } from "../plugin/load.ts";
import { closePlugin, openPlugin } from "../plugin/opening.ts";
import { callPlugin } from "../plugin/plugin-call.ts";
import type { Task } from "../task/task.ts";
import { jobStopped } from "./job-stopped.ts";

/** Sets where a sink continues: in its target, if it keeps offsets there, then in its consumer group. */
export async function openOffsetSetting(task: Task, plugin: LoadedPlugin): Promise<OpenJob<"set_offsets">> {
  if (plugin.type !== "sink") throw new Error("only a sink has offsets");
  const sink = plugin.definition.create(plugin.config, task.connectorContext);
  if (sink.committed !== undefined && sink.reset === undefined) {
    throw new ConnectorError(`the sink "${plugin.definition.name}" keeps offsets in its target and cannot set them`, {
      code: "IGC_SINK_NO_RESET",
      fix: "change them in the target itself",
    });
  }
  const client = await IggyClient.connect(task.spec.iggy);
  return {
    async call(starts) {
      if (!(await openPlugin(task, sink))) throw jobStopped(task);
      const byGroup = Map.groupBy(starts, ({ stream, topic, group }) => JSON.stringify([stream, topic, group]));
      for (const partitions of byGroup.values()) await setTopic(task, sink, client, partitions);
      return undefined;
    },
    async close() {
      await closePlugin(task, sink);
      await client.close();
    },
  };
}

async function setTopic(task: Task, sink: Sink, client: IggyClient, starts: readonly PartitionStart[]): Promise<void> {
  const { stream, topic, group } = starts[0]!;
  // Only a partition's owner may store its offset: a member that is alone owns every partition.
  const member = await GroupMember.join(client, { stream, topic, group, create: true });
  try {
    const { assigned } = await member.sync();
    const foreign = starts.find(({ partition }) => !assigned.includes(partition));
    if (foreign !== undefined) throw owned(foreign);
    for (const start of starts) await setPartition(task, sink, member, start);
  } finally {
    await member.leave();
  }
}

async function setPartition(task: Task, sink: Sink, member: GroupMember, start: PartitionStart): Promise<void> {
  const { next, stream, topic, partition } = start;
  await callPlugin(async () => sink.reset?.({ stream, topic, partition }, next), {
    what: "reset",
    timeout: task.spec.consumeTimeout,
    cancel: task.lifetime.ended,
    calls: task.calls,
  });
  const outcome = next === 0n ? await member.clearOffset(partition) : await member.store(partition, next - 1n);
  if (outcome === "lost") throw owned(start);
}

function owned({ stream, topic, group, partition }: PartitionStart): ConnectorError {
  const message = `partition ${partition} of ${stream}/${topic} belongs to another member of the consumer group ${group}`;
  return new ConnectorError(message, {
    code: "IGC_STATE_OFFSETS_OWNED",
    fix: "stop the other runtimes that run this sink, then try again",
  });
}
