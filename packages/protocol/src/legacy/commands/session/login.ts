import type { CommandLayout } from "../../../command.ts";
import type { LoginResult } from "../../../values/resources.ts";
import {
  loginWithPassword as vsrWithPassword,
  loginWithToken as vsrWithToken,
} from "../../../vsr/commands/session/login.ts";
import { readName, writeName } from "../../../vsr/structures/fields/name.ts";
import { OURS } from "../../../vsr/structures/fields/version-prefix.ts";

/*
 * request, password: name (user), password length u8, password, client version text32, context text32
 * request, token:    name (token)
 * response:          user id u32
 *
 * There is no session and no version check: a login belongs to its connection. 0.7 clients may end after the password.
 */
const OUR_VERSION = `${OURS.sdkName}/${OURS.sdkVersion}`;

export interface PasswordLogin {
  readonly username: string;
  readonly password: string;
  /** Free text about the client; absent: this SDK's. Servers ignore it. */
  readonly version?: string;
  readonly context?: string;
}

export interface TokenLogin {
  readonly token: string;
}

export type LegacyLoginResult = Pick<LoginResult, "userId">;

const RESULT: Pick<CommandLayout<unknown, LegacyLoginResult>, "encodeResponse" | "decodeResponse"> = {
  encodeResponse(writer, { userId }) {
    writer.u32(userId);
  },
  decodeResponse(reader) {
    return { userId: reader.u32() };
  },
};

export const loginWithPassword: CommandLayout<PasswordLogin, LegacyLoginResult> = {
  name: vsrWithPassword.name,
  code: 38,
  encodeRequest(writer, { username, password, version = OUR_VERSION, context = "" }) {
    writeName(writer, username);
    writer.str8(password).str32(version).str32(context);
  },
  decodeRequest(reader) {
    const username = readName(reader);
    const password = reader.str8();
    if (reader.remaining === 0) return { username, password, version: "", context: "" };
    return { username, password, version: reader.str32(), context: reader.str32() };
  },
  ...RESULT,
};

export const loginWithToken: CommandLayout<TokenLogin, LegacyLoginResult> = {
  name: vsrWithToken.name,
  code: 44,
  encodeRequest(writer, { token }) {
    writeName(writer, token);
  },
  decodeRequest(reader) {
    return { token: readName(reader) };
  },
  ...RESULT,
};
