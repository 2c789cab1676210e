import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import { EMPTY_RESPONSE } from "../../structures/fields/empty.ts";
import { readName, writeName } from "../../structures/fields/name.ts";

/* request: name · response: empty */

export interface DeletePersonalAccessTokenRequest {
  readonly name: string;
}

export const deletePersonalAccessToken: Command<DeletePersonalAccessTokenRequest, undefined> = {
  name: "delete_personal_access_token",
  operation: OPERATION.deletePersonalAccessToken,
  code: 43,
  encodeRequest(writer, { name }) {
    writeName(writer, name);
  },
  decodeRequest(reader) {
    return { name: readName(reader) };
  },
  ...EMPTY_RESPONSE,
};
