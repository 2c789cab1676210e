import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import { EMPTY_RESPONSE } from "../../structures/fields/empty.ts";
import {
  type PartitionsCountRequest,
  readPartitionsCount,
  writePartitionsCount,
} from "../../structures/requests/partitions-count.ts";

/* request: stream, topic identifiers, count u32 (removed, from the highest id down) · response: empty */

export const deletePartitions: Command<PartitionsCountRequest, undefined> = {
  name: "delete_partitions",
  operation: OPERATION.deletePartitions,
  code: 403,
  encodeRequest: writePartitionsCount,
  decodeRequest: readPartitionsCount,
  ...EMPTY_RESPONSE,
};
