import type { Reader } from "../../../primitives/reader.ts";
import type { Writer } from "../../../primitives/writer.ts";
import type { ConsumerGroup, ConsumerGroupDetails, ConsumerGroupMember } from "../../../values/resources.ts";
import { readCounted } from "../fields/list.ts";
import { readName, writeName } from "../fields/name.ts";

/*
 * group record: id u32, partitions_count u32, members_count u32, name
 * group details: group record, then members_count × member
 * member: id u32, partitions count u32, partition ids u32 …
 */
const MIN_MEMBER_SIZE = 8;
const PARTITION_ID_SIZE = 4;

export function writeConsumerGroupRecord(writer: Writer, group: ConsumerGroup): void {
  writer.u32(group.id).u32(group.partitionsCount).u32(group.membersCount);
  writeName(writer, group.name);
}

export function readConsumerGroupRecord(reader: Reader): ConsumerGroup {
  return {
    id: reader.u32(),
    partitionsCount: reader.u32(),
    membersCount: reader.u32(),
    name: readName(reader),
  };
}

export function writeConsumerGroupDetails(writer: Writer, group: ConsumerGroupDetails): void {
  writeConsumerGroupRecord(writer, { ...group, membersCount: group.members.length });
  for (const member of group.members) {
    writer.u32(member.id);
    writePartitionIds(writer, member.partitions);
  }
}

export function readConsumerGroupDetails(reader: Reader): ConsumerGroupDetails {
  const group = readConsumerGroupRecord(reader);
  return { ...group, members: readCounted(reader, group.membersCount, MIN_MEMBER_SIZE, readMember) };
}

/* partition ids: count u32, ids u32 … */

export function writePartitionIds(writer: Writer, partitions: readonly number[]): void {
  writer.u32(partitions.length);
  for (const partition of partitions) writer.u32(partition);
}

export function readPartitionIds(reader: Reader): number[] {
  return readCounted(reader, reader.u32(), PARTITION_ID_SIZE, (ids) => ids.u32());
}

function readMember(reader: Reader): ConsumerGroupMember {
  return { id: reader.u32(), partitions: readPartitionIds(reader) };
}
