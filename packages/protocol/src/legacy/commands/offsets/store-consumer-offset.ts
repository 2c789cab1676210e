import type { CommandLayout } from "../../../command.ts";
import {
  type StoreConsumerOffsetRequest,
  storeConsumerOffset as vsr,
} from "../../../vsr/commands/offsets/store-consumer-offset.ts";
import { EMPTY_RESPONSE } from "../../../vsr/structures/fields/empty.ts";
import { readOffsetTarget, writeOffsetTarget } from "../../../vsr/structures/requests/offset-target.ts";

/*
 * request: consumer, stream, topic identifiers, optional partition, offset u64 · response: empty
 *
 * There is one level of acknowledgement, so none travels. Name the partition for a group too: a server stores an offset
 * without one for the partition of the next poll.
 */
export const storeConsumerOffset: CommandLayout<StoreConsumerOffsetRequest, undefined> = {
  name: vsr.name,
  code: vsr.code,
  encodeRequest(writer, request) {
    writeOffsetTarget(writer, request);
    writer.u64(request.offset);
  },
  decodeRequest(reader) {
    return { ...readOffsetTarget(reader), offset: reader.u64() };
  },
  ...EMPTY_RESPONSE,
};
