import type { TopicDetails } from "@iggy-connectors/protocol";
import { RetryableError } from "@iggy-connectors/sdk";
import { isIggyFailure } from "../errors.ts";
import type { IggyConnection, TopicToCreate } from "./iggy-connection.ts";

const STREAM_NAME_EXISTS = 1012;
const TOPIC_NAME_EXISTS = 2013;

/** The topic, or undefined where it, or its stream, is missing. */
export async function findTopic(
  iggy: Pick<IggyConnection, "getTopic">,
  stream: string,
  topic: string,
): Promise<TopicDetails | undefined> {
  try {
    return await iggy.getTopic(stream, topic);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The topic, after creating it and its stream where they are missing. Two that create at once both succeed. */
export async function ensureTopic(iggy: IggyConnection, wanted: TopicToCreate): Promise<TopicDetails> {
  const found = await findTopic(iggy, wanted.stream, wanted.name);
  if (found !== undefined) return found;
  if ((await iggy.getStream(wanted.stream)) === undefined) {
    await unlessExists(iggy.createStream(wanted.stream), STREAM_NAME_EXISTS);
  }
  await unlessExists(iggy.createTopic(wanted), TOPIC_NAME_EXISTS);
  const created = await findTopic(iggy, wanted.stream, wanted.name);
  if (created === undefined) {
    throw new RetryableError(`topic "${wanted.name}" of stream "${wanted.stream}" was created but is not there yet`, {
      code: "IGC_IGGY_TOPIC_MISSING",
    });
  }
  return created;
}

/** Why a connector waits: its topic is missing, and it may not create it. */
export function missingTopic(stream: string, topic: string): RetryableError {
  return new RetryableError(`topic "${topic}" of stream "${stream}" does not exist`, {
    code: "IGC_IGGY_TOPIC_MISSING",
    place: `streams: stream "${stream}", topic "${topic}"`,
    fix: `create stream "${stream}" with topic "${topic}", or set create = true in this streams entry`,
  });
}

/** Codes that say: the stream, topic, partition or group that was named is not there. */
const MISSING: ReadonlySet<number> = new Set([20, 1009, 1010, 2010, 2011, 3007, 5000, 5003]);

export function isMissing(error: unknown): boolean {
  return isIggyFailure(error) && MISSING.has(error.code);
}

async function unlessExists(creation: Promise<unknown>, existsCode: number): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if (!isIggyFailure(error) || error.code !== existsCode) throw error;
  }
}
