import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { ClientInfo } from "../../../values/clients.ts";
import { EMPTY_REQUEST } from "../../structures/fields/empty.ts";
import { readToEnd } from "../../structures/fields/list.ts";
import { readClientRecord, writeClientRecord } from "../../structures/records/client-record.ts";

/* request: empty · response: client records to the end, without their groups */

export const getClients: Command<undefined, readonly ClientInfo[]> = {
  name: "get_clients",
  operation: OPERATION.nonReplicated,
  code: 22,
  ...EMPTY_REQUEST,
  encodeResponse(writer, clients) {
    for (const client of clients) writeClientRecord(writer, client);
  },
  decodeResponse(reader) {
    return readToEnd(reader, readClientRecord);
  },
};
