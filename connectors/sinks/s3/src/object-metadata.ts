import { FatalError, type PartitionRef } from "@iggy-connectors/sdk";
import { escapeName } from "./names.ts";
import type { Metadata } from "./store/object-store.ts";

const OFFSET = /^\d{1,20}$/;

export interface ObjectContent extends PartitionRef {
  readonly connector: string;
  readonly first: bigint;
  readonly last: bigint;
  readonly messages: number;
}

/** What an object says of itself, in its own metadata. */
export function toMetadata({ connector, stream, topic, partition, first, last, messages }: ObjectContent): Metadata {
  return {
    "iggy-connector": escapeName(connector),
    "iggy-stream": escapeName(stream),
    "iggy-topic": escapeName(topic),
    "iggy-partition": String(partition),
    "iggy-first-offset": String(first),
    "iggy-last-offset": String(last),
    "iggy-messages": String(messages),
  };
}

/** Whether an object has the same messages, written by the same connector: at another time the number of its messages may differ. */
export function isSame(metadata: Metadata, content: ObjectContent): boolean {
  const { "iggy-messages": _, ...own } = toMetadata(content);
  return Object.entries(own).every(([name, value]) => metadata[name] === value);
}

/** The last offset of an object that was found under a name of this sink; undefined: it was not written by this connector. */
export function reachOf(metadata: Metadata, connector: string, ref: PartitionRef): bigint | undefined {
  const last = metadata["iggy-last-offset"];
  const isOurs =
    metadata["iggy-connector"] === escapeName(connector) &&
    metadata["iggy-stream"] === escapeName(ref.stream) &&
    metadata["iggy-topic"] === escapeName(ref.topic) &&
    metadata["iggy-partition"] === String(ref.partition);
  return isOurs && last !== undefined && OFFSET.test(last) ? BigInt(last) : undefined;
}

/** Continuing behind an object of another writer would leave out messages. */
export function nameTaken(key: string, metadata: Metadata): FatalError {
  const { "iggy-connector": owner, "iggy-stream": stream, "iggy-topic": topic, "iggy-partition": partition } = metadata;
  const whose =
    owner === undefined
      ? "was not written by this sink"
      : `belongs to connector ${owner}, ${stream}/${topic}, partition ${partition}`;
  return new FatalError(`${key} exists and ${whose}`, {
    code: "IGC_SINK_S3_NAME_TAKEN",
    place: key,
    fix: "give each connector its own prefix, with {stream} and {topic} in path_template where it reads several",
  });
}
