import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import {
  type Acknowledgement,
  readAcknowledgement,
  writeAcknowledgement,
} from "../../structures/fields/acknowledgement.ts";
import { EMPTY_RESPONSE } from "../../structures/fields/empty.ts";
import { type OffsetTarget, readOffsetTarget, writeOffsetTarget } from "../../structures/requests/offset-target.ts";

/*
 * request: consumer, stream, topic identifiers, optional partition, offset u64, acknowledgement u8
 * response: empty
 */

export interface StoreConsumerOffsetRequest extends OffsetTarget {
  /** Offset of the last processed message. */
  readonly offset: bigint;
  readonly acknowledgement?: Acknowledgement;
}

export const storeConsumerOffset: Command<StoreConsumerOffsetRequest, undefined> = {
  name: "store_consumer_offset",
  operation: OPERATION.storeConsumerOffset,
  code: 121,
  encodeRequest(writer, request) {
    writeOffsetTarget(writer, request);
    writer.u64(request.offset);
    writeAcknowledgement(writer, request.acknowledgement);
  },
  decodeRequest(reader) {
    return {
      ...readOffsetTarget(reader),
      offset: reader.u64(),
      acknowledgement: readAcknowledgement(reader),
    };
  },
  ...EMPTY_RESPONSE,
};
