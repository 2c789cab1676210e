import type { Command } from "../../../command.ts";
import { OPERATION } from "../../../frames/operations.ts";
import { readName, writeName } from "../../structures/fields/name.ts";

/* request: name, expiry u64 · response: name (the token) */

export interface CreatePersonalAccessTokenRequest {
  /** 3 … 30 bytes, which a server may check. */
  readonly name: string;
  /** Microseconds from now; 0 and 2⁶⁴−1 never. Server 0.9.0-edge.5 stops working when a token of it expires. */
  readonly expiry: bigint;
}

export interface CreatedPersonalAccessToken {
  /** The secret to log in with. It is shown only this once. */
  readonly token: string;
}

export const createPersonalAccessToken: Command<CreatePersonalAccessTokenRequest, CreatedPersonalAccessToken> = {
  name: "create_personal_access_token",
  operation: OPERATION.createPersonalAccessToken,
  code: 42,
  encodeRequest(writer, { name, expiry }) {
    writeName(writer, name);
    writer.u64(expiry);
  },
  decodeRequest(reader) {
    return { name: readName(reader), expiry: reader.u64() };
  },
  encodeResponse(writer, { token }) {
    writeName(writer, token);
  },
  decodeResponse(reader) {
    return { token: readName(reader) };
  },
};
