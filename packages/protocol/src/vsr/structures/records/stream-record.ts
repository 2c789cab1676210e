import type { Reader } from "../../../primitives/reader.ts";
import type { Writer } from "../../../primitives/writer.ts";
import type { Stream } from "../../../values/resources.ts";
import { readName, writeName } from "../fields/name.ts";
import { readSizedOptions, writeSizedOptions } from "../fields/options.ts";

/*
 * stream record: id u32, created_at u64, topics_count u32, size u64, messages u64, name,
 *                options length u32, options
 */

export function writeStreamRecord(writer: Writer, stream: Stream): void {
  writer.u32(stream.id).u64(stream.createdAt).u32(stream.topicsCount).u64(stream.size).u64(stream.messagesCount);
  writeName(writer, stream.name);
  writeSizedOptions(writer, stream.options);
}

export function readStreamRecord(reader: Reader): Stream {
  return {
    id: reader.u32(),
    createdAt: reader.u64(),
    topicsCount: reader.u32(),
    size: reader.u64(),
    messagesCount: reader.u64(),
    name: readName(reader),
    options: readSizedOptions(reader),
  };
}
