import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import {
  type Acknowledgement,
  readAcknowledgement,
  writeAcknowledgement,
} from "../../structures/fields/acknowledgement.ts";
import { EMPTY_RESPONSE } from "../../structures/fields/empty.ts";
import { type OffsetTarget, readOffsetTarget, writeOffsetTarget } from "../../structures/requests/offset-target.ts";

/* request: consumer, stream, topic identifiers, optional partition, acknowledgement u8 · response: empty */

export interface DeleteConsumerOffsetRequest extends OffsetTarget {
  readonly acknowledgement?: Acknowledgement;
}

export const deleteConsumerOffset: Command<DeleteConsumerOffsetRequest, undefined> = {
  name: "delete_consumer_offset",
  operation: OPERATION.deleteConsumerOffset,
  code: 122,
  encodeRequest(writer, request) {
    writeOffsetTarget(writer, request);
    writeAcknowledgement(writer, request.acknowledgement);
  },
  decodeRequest(reader) {
    return { ...readOffsetTarget(reader), acknowledgement: readAcknowledgement(reader) };
  },
  ...EMPTY_RESPONSE,
};
