import type { TopicDetails } from "@iggy-connectors/protocol";
import { RetryableError } from "@iggy-connectors/sdk";
import { isIggyFailure } from "../../shared/errors.ts";
import { findTopic } from "../../shared/iggy/find-topic.ts";
import type { IggyConnection, TopicToCreate } from "./iggy-connection.ts";

const STREAM_NAME_EXISTS = 1012;
const TOPIC_NAME_EXISTS = 2013;

/** The topic, after creating it and its stream where they are missing. Two tasks that create it at once both succeed. */
export async function ensureTopic(iggy: IggyConnection, wanted: TopicToCreate): Promise<TopicDetails> {
  const found = await findTopic(iggy, wanted.stream, wanted.name);
  if (found !== undefined) return found;
  if ((await iggy.getStream(wanted.stream)) === undefined) {
    await unlessExists(iggy.createStream(wanted.stream), STREAM_NAME_EXISTS);
  }
  await unlessExists(iggy.createTopic(wanted), TOPIC_NAME_EXISTS);
  const created = await findTopic(iggy, wanted.stream, wanted.name);
  if (created === undefined) {
    throw new RetryableError(`topic "${wanted.name}" of stream "${wanted.stream}" was created but does not exist yet`, {
      code: "IGC_IGGY_TOPIC_MISSING",
    });
  }
  return created;
}

/** The error of a connector that waits for its topic, which is missing and which it may not create. */
export function missingTopic(stream: string, topic: string): RetryableError {
  return new RetryableError(`topic "${topic}" of stream "${stream}" does not exist`, {
    code: "IGC_IGGY_TOPIC_MISSING",
    place: `streams: stream "${stream}", topic "${topic}"`,
    fix: `create stream "${stream}" with topic "${topic}", or set create = true in this streams entry`,
  });
}

async function unlessExists(creation: Promise<unknown>, existsCode: number): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if (!isIggyFailure(error) || error.code !== existsCode) throw error;
  }
}
