import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import { EMPTY_RESPONSE } from "../../structures/fields/empty.ts";
import {
  type PartitionsCountRequest,
  readPartitionsCount,
  writePartitionsCount,
} from "../../structures/requests/partitions-count.ts";

/* request: stream, topic identifiers, count u32 (added) · response: empty (reply operation 65) */

export const createPartitions: Command<PartitionsCountRequest, undefined> = {
  name: "create_partitions",
  operation: OPERATION.createPartitions,
  code: 402,
  encodeRequest: writePartitionsCount,
  decodeRequest: readPartitionsCount,
  ...EMPTY_RESPONSE,
};
