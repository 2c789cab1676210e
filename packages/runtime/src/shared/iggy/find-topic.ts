import type { TopicDetails } from "@iggy-connectors/protocol";
import { isIggyFailure } from "../errors.ts";

/** Codes with which Iggy says that a stream, topic, partition or consumer group does not exist. */
const MISSING: ReadonlySet<number> = new Set([20, 1009, 1010, 2010, 2011, 3007, 5000, 5003]);

/** What can be asked for a topic. */
interface TopicReader {
  getTopic(stream: string, topic: string): Promise<TopicDetails | undefined>;
}

export function isMissing(error: unknown): boolean {
  return isIggyFailure(error) && MISSING.has(error.code);
}

/** The topic, or undefined where it, or its stream, is missing. */
export async function findTopic(iggy: TopicReader, stream: string, topic: string): Promise<TopicDetails | undefined> {
  try {
    return await iggy.getTopic(stream, topic);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
