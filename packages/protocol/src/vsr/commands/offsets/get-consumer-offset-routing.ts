import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { PartitionRouting } from "../../../values/routing.ts";
import { readPartitionRouting, writePartitionRouting } from "../../structures/records/consumer-session.ts";
import { type OffsetTarget, readOffsetTarget, writeOffsetTarget } from "../../structures/requests/offset-target.ts";

/*
 * request: consumer, stream, topic identifiers, optional partition · response: routing
 *
 * Asks the node of one's own session where to write an offset. Servers since 0.9.0, of use only in a cluster.
 */
export const getConsumerOffsetRouting: Command<OffsetTarget, PartitionRouting> = {
  name: "get_consumer_offset_routing",
  operation: OPERATION.nonReplicated,
  code: 123,
  encodeRequest: writeOffsetTarget,
  decodeRequest: readOffsetTarget,
  encodeResponse: writePartitionRouting,
  decodeResponse: readPartitionRouting,
};
