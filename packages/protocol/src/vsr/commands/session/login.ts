import type { Command } from "../../../command.ts";
import { ProtocolError } from "../../../errors.ts";
import { OPERATION } from "../../../frames/operations.ts";
import { Reader } from "../../../primitives/reader.ts";
import type { Writer } from "../../../primitives/writer.ts";
import type { LoginResult } from "../../../values/resources.ts";
import { readName, writeName } from "../../structures/fields/name.ts";
import { readVersionPrefix, type VersionPrefix, writeVersionPrefix } from "../../structures/fields/version-prefix.ts";

/*
 * request, password: version prefix, name (user), password length u8, password, context length u32, context
 * request, token:    version prefix, token length u8, token, context length u32, context
 * response:          user id u32, session u64, protocol number u32, name (server version)
 *
 * Both use operation 1 and no code: a server tells them apart by decoding, the password first.
 */

export interface PasswordLogin extends Partial<VersionPrefix> {
  readonly username: string;
  readonly password: string;
}

export interface TokenLogin extends Partial<VersionPrefix> {
  readonly token: string;
}

export type Login =
  | (VersionPrefix & { readonly kind: "password"; readonly username: string; readonly password: string })
  | (VersionPrefix & { readonly kind: "token"; readonly token: string });

const RESULT: Pick<Command<unknown, LoginResult>, "encodeResponse" | "decodeResponse"> = {
  encodeResponse(writer, result) {
    writer.u32(result.userId).u64(result.session).u32(result.protocolVersion);
    writeName(writer, result.serverVersion);
  },
  decodeResponse(reader) {
    return {
      userId: reader.u32(),
      session: reader.u64(),
      protocolVersion: reader.u32(),
      serverVersion: readName(reader),
    };
  },
};

export const loginWithPassword: Command<PasswordLogin, LoginResult> = {
  name: "login_with_password",
  operation: OPERATION.register,
  code: 40,
  encodeRequest(writer, login) {
    writeVersionPrefix(writer, login);
    writeName(writer, login.username);
    writer.str8(login.password);
    writeContext(writer);
  },
  decodeRequest(reader) {
    return readPassword(reader, readVersionPrefix(reader));
  },
  ...RESULT,
};

export const loginWithToken: Command<TokenLogin, LoginResult> = {
  name: "login_with_token",
  operation: OPERATION.register,
  code: 45,
  encodeRequest(writer, login) {
    writeVersionPrefix(writer, login);
    writeName(writer, login.token);
    writeContext(writer);
  },
  decodeRequest(reader) {
    return readToken(reader, readVersionPrefix(reader));
  },
  ...RESULT,
};

/**
 * Either login, for servers: the one that takes the whole body, else the one that leaves bytes behind, which are ignored as
 * in every request. Throws {@link ProtocolError} when it is neither.
 */
export function decodeLogin(reader: Reader): Login {
  const prefix = readVersionPrefix(reader);
  const rest = reader.rest();
  const password = (body: Reader): Login => readPassword(body, prefix);
  const token = (body: Reader): Login => readToken(body, prefix);
  return (
    decoded(rest, password, "whole") ??
    decoded(rest, token, "whole") ??
    decoded(rest, password, "start") ??
    token(new Reader(rest))
  );
}

/** Undefined where the bytes, or their start, are not such a login. */
function decoded(bytes: Uint8Array, read: (body: Reader) => Login, extent: "whole" | "start"): Login | undefined {
  const reader = new Reader(bytes);
  try {
    const login = read(reader);
    return extent === "whole" && reader.remaining > 0 ? undefined : login;
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

function readPassword(reader: Reader, prefix: VersionPrefix): Login & { kind: "password" } {
  const username = readName(reader);
  const password = reader.str8();
  skipContext(reader);
  return { ...prefix, kind: "password", username, password };
}

function readToken(reader: Reader, prefix: VersionPrefix): Login & { kind: "token" } {
  const token = readName(reader);
  skipContext(reader);
  return { ...prefix, kind: "token", token };
}

/** The context is free text of the client about itself; ours is empty, and that of other clients is not read. */
function writeContext(writer: Writer): void {
  writer.u32(0);
}

function skipContext(reader: Reader): void {
  reader.bytes(reader.u32());
}
