import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { GroupAssignment } from "../../../values/resources.ts";
import { readPartitionIds, writePartitionIds } from "../../structures/records/consumer-group-record.ts";
import { type GroupTarget, readGroupTarget, writeGroupTarget } from "../../structures/requests/targets.ts";

/* request: stream, topic, group identifiers · response: generation u64, partition ids; empty when not a member */

export const syncConsumerGroup: Command<GroupTarget, GroupAssignment | undefined> = {
  name: "sync_consumer_group",
  operation: OPERATION.nonReplicated,
  code: 606,
  encodeRequest: writeGroupTarget,
  decodeRequest: readGroupTarget,
  encodeResponse(writer, assignment) {
    if (assignment === undefined) return;
    writer.u64(assignment.generation);
    writePartitionIds(writer, assignment.partitions);
  },
  decodeResponse(reader) {
    if (reader.remaining === 0) return undefined;
    return { generation: reader.u64(), partitions: readPartitionIds(reader) };
  },
};
