import type { IggyClient, NewTopic } from "@iggy-connectors/client";
import type { Partition, TopicDetails } from "@iggy-connectors/runtime/messages";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";

/** Iggy's codes of names that are taken: another client was quicker. */
const STREAM_NAME_EXISTS = 1012;
const TOPIC_NAME_EXISTS = 2013;

/** Creates a topic, and its stream where that is missing. False: the topic was there, and stays as it is. */
export async function ensureTopic(client: IggyClient, topic: NewTopic & { readonly stream: string }): Promise<boolean> {
  if ((await client.getStream(topic.stream)) === undefined) {
    await unlessTaken(client.createStream(topic.stream), STREAM_NAME_EXISTS);
  } else if ((await client.getTopic(topic.stream, topic.name)) !== undefined) {
    return false;
  }
  return unlessTaken(client.createTopic(topic), TOPIC_NAME_EXISTS);
}

async function unlessTaken(creation: Promise<unknown>, taken: number): Promise<boolean> {
  try {
    await creation;
    return true;
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === taken) return false;
    throw error;
  }
}

export const TOPIC_MISSING_FIX = "`iggy-connectors topic list` shows what exists; `topic create` creates one";

/** Throws `CliError` where the topic, or its stream, does not exist. */
export async function findTopic(client: IggyClient, stream: string, topic: string, fix: string): Promise<TopicDetails> {
  const details = await client.getTopic(stream, topic);
  if (details !== undefined) return details;
  throw new CliError(`topic ${stream}/${topic} does not exist`, {
    exitCode: EXIT.failed,
    code: "IGC_IGGY_TOPIC_MISSING",
    fix,
  });
}

/** The partition with this number, or all. Throws `CliError` where there is none. */
export function partitionsOf(partitions: readonly Partition[], wanted: number | undefined): readonly Partition[] {
  if (wanted === undefined) return partitions;
  const chosen = partitions.filter(({ id }) => id === wanted);
  if (chosen.length > 0) return chosen;
  throw new CliError(`the topic has no partition ${wanted}`, {
    exitCode: EXIT.failed,
    place: "--partition",
    fix: `its partitions are ${partitions.map(({ id }) => id).join(", ")}`,
  });
}
