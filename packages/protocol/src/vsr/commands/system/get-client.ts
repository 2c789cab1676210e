import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { ClientDetails } from "../../../values/clients.ts";
import { readClientDetails, writeClientDetails } from "../../structures/records/client-record.ts";

/* request: client id u32 · response: client details; empty when there is no such client */

export interface GetClientRequest {
  readonly id: number;
}

export const getClient: Command<GetClientRequest, ClientDetails | undefined> = {
  name: "get_client",
  operation: OPERATION.nonReplicated,
  code: 21,
  encodeRequest(writer, { id }) {
    writer.u32(id);
  },
  decodeRequest(reader) {
    return { id: reader.u32() };
  },
  encodeResponse(writer, client) {
    if (client !== undefined) writeClientDetails(writer, client);
  },
  decodeResponse(reader) {
    return reader.remaining === 0 ? undefined : readClientDetails(reader);
  },
};
