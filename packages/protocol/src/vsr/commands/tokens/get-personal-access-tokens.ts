import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import type { Reader } from "../../../primitives/reader.ts";
import type { PersonalAccessToken } from "../../../values/users.ts";
import { EMPTY_REQUEST } from "../../structures/fields/empty.ts";
import { readToEnd } from "../../structures/fields/list.ts";
import { readName, writeName } from "../../structures/fields/name.ts";

/* request: empty · response: own tokens to the end: name, expires at u64 (0 never) */

export const getPersonalAccessTokens: Command<undefined, readonly PersonalAccessToken[]> = {
  name: "get_personal_access_tokens",
  operation: OPERATION.nonReplicated,
  code: 41,
  ...EMPTY_REQUEST,
  encodeResponse(writer, tokens) {
    for (const { name, expiresAt } of tokens) {
      writeName(writer, name);
      writer.u64(expiresAt ?? 0n);
    }
  },
  decodeResponse(reader) {
    return readToEnd(reader, readToken);
  },
};

function readToken(reader: Reader): PersonalAccessToken {
  const name = readName(reader);
  const expiresAt = reader.u64();
  return { name, expiresAt: expiresAt === 0n ? undefined : expiresAt };
}
