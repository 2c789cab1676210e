import { FatalError, type PartitionRef } from "@iggy-connectors/sdk";
import { escapeName } from "./names.ts";
import type { Metadata } from "./store/object-store.ts";

const OFFSET = /^\d{1,20}$/;
const HISTORY = "iggy-history";

export interface ObjectContent extends PartitionRef {
  readonly connector: string;
  readonly first: bigint;
  readonly last: bigint;
  readonly messages: number;
  /** Broker time of the last message, microseconds. */
  readonly time: number | undefined;
}

/** How far an object reaches. */
export interface Reach {
  readonly offset: bigint;
  readonly time: number | undefined;
}

/** What an object says of itself, in its own metadata. */
export function toMetadata(content: ObjectContent): Metadata {
  return {
    ...ownerOf(content.connector, content),
    "iggy-first-offset": String(content.first),
    "iggy-last-offset": String(content.last),
    ...(content.time === undefined ? {} : { "iggy-last-timestamp": String(content.time) }),
    "iggy-messages": String(content.messages),
    ...(content.replay === true ? { "iggy-replayed": "true" } : {}),
  };
}

function ownerOf(connector: string, { stream, topic, partition, history }: PartitionRef): Metadata {
  return {
    "iggy-connector": escapeName(connector),
    "iggy-stream": escapeName(stream),
    "iggy-topic": escapeName(topic),
    "iggy-partition": String(partition),
    ...(history === undefined ? {} : { [HISTORY]: history }),
  };
}

/** Whether an object has the same messages, written by the same connector: how many are left of them may differ. */
export function isSame(metadata: Metadata, content: ObjectContent): boolean {
  const { "iggy-messages": _, ...wanted } = toMetadata(content);
  return hasAll(metadata, wanted) && metadata[HISTORY] === content.history;
}

/**
 * How far an object reaches that was found under a name of this sink. `undefined`: another writer's. `"past"`: it is of a log
 * that is gone, of a topic that had the same name.
 */
export function reachOf(metadata: Metadata, connector: string, ref: PartitionRef): Reach | "past" | undefined {
  const { history, ...place } = ref;
  const last = metadata["iggy-last-offset"];
  if (last === undefined || !OFFSET.test(last) || !hasAll(metadata, ownerOf(connector, place))) return undefined;
  const other = metadata[HISTORY];
  if (history !== undefined && other !== undefined && other !== history) return "past";
  const time = metadata["iggy-last-timestamp"];
  return { offset: BigInt(last), time: time === undefined ? undefined : Number(time) };
}

function hasAll(metadata: Metadata, wanted: Metadata): boolean {
  return Object.entries(wanted).every(([name, value]) => metadata[name] === value);
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
