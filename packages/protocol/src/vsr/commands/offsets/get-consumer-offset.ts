import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { ConsumerOffset } from "../../../values/resources.ts";
import { type OffsetTarget, readOffsetTarget, writeOffsetTarget } from "../../structures/requests/offset-target.ts";

/*
 * request: consumer, stream, topic identifiers, optional partition
 * response: partition u32, current_offset u64, stored_offset u64; empty when nothing is stored
 */

export const getConsumerOffset: Command<OffsetTarget, ConsumerOffset | undefined> = {
  name: "get_consumer_offset",
  operation: OPERATION.nonReplicated,
  code: 120,
  encodeRequest: writeOffsetTarget,
  decodeRequest: readOffsetTarget,
  encodeResponse(writer, offset) {
    if (offset !== undefined) writer.u32(offset.partition).u64(offset.currentOffset).u64(offset.storedOffset);
  },
  decodeResponse(reader) {
    if (reader.remaining === 0) return undefined;
    return { partition: reader.u32(), currentOffset: reader.u64(), storedOffset: reader.u64() };
  },
};
