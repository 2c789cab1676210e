import type { CommandLayout } from "../../../command.ts";
import {
  type DeleteConsumerOffsetRequest,
  deleteConsumerOffset as vsr,
} from "../../../vsr/commands/offsets/delete-consumer-offset.ts";
import { EMPTY_RESPONSE } from "../../../vsr/structures/fields/empty.ts";
import { readOffsetTarget, writeOffsetTarget } from "../../../vsr/structures/requests/offset-target.ts";

/* request: consumer, stream, topic identifiers, optional partition · response: empty. No acknowledgement travels. */

export const deleteConsumerOffset: CommandLayout<DeleteConsumerOffsetRequest, undefined> = {
  name: vsr.name,
  code: vsr.code,
  encodeRequest: writeOffsetTarget,
  decodeRequest: readOffsetTarget,
  ...EMPTY_RESPONSE,
};
