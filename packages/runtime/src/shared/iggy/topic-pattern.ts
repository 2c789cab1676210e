import { FatalError } from "@iggy-connectors/sdk";
import { isMissing } from "./find-topic.ts";

/** Whether a pattern matches the whole name of a topic. */
export type NamePattern = (name: string) => boolean;

/** Something that lists a stream's topics. */
interface TopicLister {
  getTopics(stream: string): Promise<readonly { readonly name: string }[]>;
}

/** Throws `FatalError` (`IGC_CONFIG_INVALID`). The library is loaded where a pattern is used. */
export async function compilePattern(text: string): Promise<NamePattern> {
  const { RE2JS } = await import("re2js");
  try {
    const pattern = RE2JS.compile(text);
    return (name) => pattern.matches(name);
  } catch (error) {
    throw new FatalError(`${JSON.stringify(text)} is not an RE2 pattern: ${(error as Error).message}`, {
      code: "IGC_CONFIG_INVALID",
      place: "streams: topics_pattern",
      fix: "correct the pattern; it must match the whole name of a topic",
    });
  }
}

/** A stream that does not exist yet has no topics yet. */
export async function topicNames(iggy: TopicLister, stream: string): Promise<string[]> {
  try {
    return (await iggy.getTopics(stream)).map(({ name }) => name);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
