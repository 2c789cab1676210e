import type { CommandLayout } from "../../command.ts";
import {
  type DeleteConsumerOffsetRequest,
  deleteConsumerOffset as stable,
} from "../../vsr/commands/delete-consumer-offset.ts";
import { EMPTY_RESPONSE } from "../../vsr/structures/empty.ts";
import { readOffsetTarget, writeOffsetTarget } from "../../vsr/structures/offset-target.ts";

/* request: consumer, stream, topic identifiers, optional partition · response: empty. No acknowledgement travels. */

export const deleteConsumerOffset: CommandLayout<DeleteConsumerOffsetRequest, undefined> = {
  name: stable.name,
  code: stable.code,
  encodeRequest: writeOffsetTarget,
  decodeRequest: readOffsetTarget,
  ...EMPTY_RESPONSE,
};
