import { ProtocolError } from "../../../errors.ts";
import { Reader } from "../../../primitives/reader.ts";
import type { Writer } from "../../../primitives/writer.ts";
import type { GlobalPermissions, Permissions, StreamPermissions, TopicPermissions } from "../../../values/users.ts";

/*
 * permissions: global flags u8 × 10, has streams u8, streams
 * stream: id u32, flags u8 × 6, has topics u8, topics, another stream u8
 * topic: id u32, flags u8 × 4, another topic u8
 *
 * In a request: present u8, then length u32 and the permissions when it is 1.
 * In a response the same, but four zero bytes when there are none.
 */
const GLOBAL_FLAGS = [
  "manageServers",
  "readServers",
  "manageUsers",
  "readUsers",
  "manageStreams",
  "readStreams",
  "manageTopics",
  "readTopics",
  "pollMessages",
  "sendMessages",
] as const satisfies readonly (keyof GlobalPermissions)[];

const STREAM_FLAGS = [
  "manageStream",
  "readStream",
  "manageTopics",
  "readTopics",
  "pollMessages",
  "sendMessages",
] as const satisfies readonly (keyof StreamPermissions)[];

const TOPIC_FLAGS = [
  "manageTopic",
  "readTopic",
  "pollMessages",
  "sendMessages",
] as const satisfies readonly (keyof TopicPermissions)[];

/** Zero bytes that follow the absent flag in a response. */
const ABSENT_PADDING = 3;

export function writeOptionalPermissions(writer: Writer, permissions: Permissions | undefined): void {
  writer.bool(permissions !== undefined);
  if (permissions === undefined) return;
  const lengthAt = writer.length;
  writer.u32(0);
  writePermissions(writer, permissions);
  writer.patchU32(lengthAt, writer.length - lengthAt - 4);
}

export function readOptionalPermissions(reader: Reader): Permissions | undefined {
  if (!reader.bool()) return undefined;
  const block = new Reader(reader.bytes(reader.u32()));
  const permissions = readPermissions(block);
  block.expectEnd();
  return permissions;
}

export function writeRepliedPermissions(writer: Writer, permissions: Permissions | undefined): void {
  writeOptionalPermissions(writer, permissions);
  if (permissions === undefined) writer.zeros(ABSENT_PADDING);
}

export function readRepliedPermissions(reader: Reader): Permissions | undefined {
  const permissions = readOptionalPermissions(reader);
  if (permissions === undefined) reader.bytes(ABSENT_PADDING);
  return permissions;
}

function writePermissions(writer: Writer, { global, streams }: Permissions): void {
  writeFlags(writer, GLOBAL_FLAGS, global);
  writeChain(writer, streams, (stream) => {
    writeFlags(writer, STREAM_FLAGS, stream);
    writeChain(writer, stream.topics, (topic) => writeFlags(writer, TOPIC_FLAGS, topic));
  });
}

function readPermissions(reader: Reader): Permissions {
  return {
    global: readFlags(reader, GLOBAL_FLAGS),
    streams: readChain(reader, () => ({
      ...readFlags(reader, STREAM_FLAGS),
      topics: readChain(reader, () => readFlags(reader, TOPIC_FLAGS)),
    })),
  };
}

function writeFlags<Flag extends string>(
  writer: Writer,
  flags: readonly Flag[],
  values: Readonly<Record<Flag, boolean>>,
): void {
  for (const flag of flags) writer.bool(values[flag]);
}

function readFlags<Flag extends string>(reader: Reader, flags: readonly Flag[]): Record<Flag, boolean> {
  return Object.fromEntries(flags.map((flag) => [flag, reader.bool()])) as Record<Flag, boolean>;
}

/** Entries that each end with a flag for one more; the first flag stands before them. */
function writeChain<Value>(writer: Writer, entries: ReadonlyMap<number, Value>, write: (value: Value) => void): void {
  writer.bool(entries.size > 0);
  let left = entries.size;
  for (const [id, value] of entries) {
    writer.u32(id);
    write(value);
    writer.bool(--left > 0);
  }
}

function readChain<Value>(reader: Reader, read: () => Value): Map<number, Value> {
  const entries = new Map<number, Value>();
  while (reader.bool()) {
    const at = reader.position;
    const id = reader.u32();
    if (entries.has(id)) throw new ProtocolError(`permissions name id ${id} twice`, at);
    entries.set(id, read());
  }
  return entries;
}
