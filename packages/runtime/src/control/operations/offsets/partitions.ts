import type { IggyClient } from "@iggy-connectors/client";
import { findTopic } from "../../../shared/iggy/find-topic.ts";
import { compilePattern, topicNames } from "../../../shared/iggy/topic-pattern.ts";
import type { SinkStreamSpec, TaskSpec } from "../../../shared/task/task-spec.ts";

/** The state in Iggy of one partition that a sink consumes. */
export interface ConsumedPartition {
  readonly stream: string;
  readonly topic: string;
  readonly group: string;
  readonly partition: number;
  /** The stored offset; `undefined`: none is stored. */
  readonly stored: bigint | undefined;
  /** Offset of the newest message; undefined: the partition is empty. */
  readonly end: bigint | undefined;
  /** Number of messages after the stored offset. */
  readonly lag: number;
  /** The server's id of the group member that owns the partition. */
  readonly owner: number | undefined;
}

/** Every partition of every topic that a sink consumes and that exists. */
export async function consumedPartitions(
  client: IggyClient,
  spec: Pick<TaskSpec, "sinkStreams">,
): Promise<ConsumedPartition[]> {
  const partitions = new Map<string, ConsumedPartition[]>();
  for (const stream of spec.sinkStreams) {
    for (const topic of await topicsOf(client, stream)) {
      const name = JSON.stringify([stream.stream, topic, stream.consumerGroup]);
      // Two entries that consume a topic as one group share its partitions.
      if (!partitions.has(name)) partitions.set(name, await ofTopic(client, stream, topic));
    }
  }
  return [...partitions.values()].flat();
}

async function topicsOf(client: IggyClient, { stream, topics, topicsPattern }: SinkStreamSpec): Promise<string[]> {
  if (topicsPattern === undefined) return [...topics];
  const matches = await compilePattern(topicsPattern);
  const matching = (await topicNames(client, stream)).filter(matches);
  return [...new Set([...topics, ...matching])];
}

async function ofTopic(
  client: IggyClient,
  { stream, consumerGroup }: SinkStreamSpec,
  topic: string,
): Promise<ConsumedPartition[]> {
  const details = await findTopic(client, stream, topic);
  if (details === undefined) return [];
  const group = await client.getConsumerGroup(stream, topic, consumerGroup);
  return Promise.all(
    details.partitions.map(async ({ id: partition, currentOffset, messagesCount }) => {
      const consumer = { kind: "group", id: consumerGroup } as const;
      const offset =
        group === undefined ? undefined : await client.getConsumerOffset({ stream, topic, partition, consumer });
      const stored = offset?.storedOffset;
      const end = messagesCount === 0n ? undefined : currentOffset;
      const lag = end === undefined ? 0n : stored === undefined ? messagesCount : end - stored;
      return {
        stream,
        topic,
        group: consumerGroup,
        partition,
        stored,
        end,
        lag: lag > 0n ? Number(lag) : 0,
        owner: group?.members.find(({ partitions }) => partitions.includes(partition))?.id,
      };
    }),
  );
}
