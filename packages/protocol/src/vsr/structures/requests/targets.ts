import type { Reader } from "../../../primitives/reader.ts";
import type { Writer } from "../../../primitives/writer.ts";
import type { Identifier } from "../../../values/identifiers.ts";
import { readIdentifier, writeIdentifier } from "../fields/identifier.ts";

/* What many requests start with: a stream; a stream and a topic; a stream, a topic and a group; identifiers all. */

export interface StreamTarget {
  readonly stream: Identifier;
}

export interface TopicTarget extends StreamTarget {
  readonly topic: Identifier;
}

export interface GroupTarget extends TopicTarget {
  readonly group: Identifier;
}

export function writeStreamTarget(writer: Writer, target: StreamTarget): void {
  writeIdentifier(writer, target.stream);
}

export function readStreamTarget(reader: Reader): StreamTarget {
  return { stream: readIdentifier(reader) };
}

export function writeTopicTarget(writer: Writer, target: TopicTarget): void {
  writeIdentifier(writer, target.stream);
  writeIdentifier(writer, target.topic);
}

export function readTopicTarget(reader: Reader): TopicTarget {
  return { stream: readIdentifier(reader), topic: readIdentifier(reader) };
}

export function writeGroupTarget(writer: Writer, target: GroupTarget): void {
  writeTopicTarget(writer, target);
  writeIdentifier(writer, target.group);
}

export function readGroupTarget(reader: Reader): GroupTarget {
  return { ...readTopicTarget(reader), group: readIdentifier(reader) };
}
