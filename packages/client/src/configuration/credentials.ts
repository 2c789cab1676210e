import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { CODE, IggyError } from "../errors/errors.ts";

/** What a login is made of. A token file is read at each login, so a rotated token is used at the next one. */
export type Credentials =
  | { readonly kind: "password"; readonly username: string; readonly password: string }
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "tokenFile"; readonly path: string };

export type Login = Exclude<Credentials, { kind: "tokenFile" }>;

const FILE_PREFIX = "file:";
const LONGEST_TOKEN = 255;

/** A token as text, or `file:` and the path of the file it is in. @throws IggyError 53 when it cannot be a token. */
export function tokenCredentials(token: string): Credentials {
  if (!token.startsWith(FILE_PREFIX)) return { kind: "token", token: checked(token, "the personal access token") };
  const path = token.slice(FILE_PREFIX.length);
  if (path === "") {
    throw new IggyError(CODE.invalidToken, { detail: "file: without a path", advice: "write file:/path/of/the/token" });
  }
  return { kind: "tokenFile", path };
}

/** @throws IggyError 43 or 44 when the server cannot accept them; it would say no more than "wrong password". */
export function passwordCredentials(username: string, password: string): Credentials {
  return {
    kind: "password",
    username: limited("user name", username, 50, CODE.invalidUsername),
    password: limited("password", password, 100, CODE.invalidPassword),
  };
}

/** What to log in with now. @throws IggyError 53 when the token file cannot be read; a later login may find it. */
export async function readLogin(credentials: Credentials): Promise<Login> {
  if (credentials.kind !== "tokenFile") return credentials;
  const path = credentials.path.replace(/^~(?=\/|$)/, () => homedir());
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new IggyError(CODE.invalidToken, {
      detail: `cannot read the token file ${path} (${(cause as NodeJS.ErrnoException).code})`,
      advice: "check the path and its permissions",
      cause,
    });
  }
  return { kind: "token", token: checked(text.trim(), `the token in ${path}`) };
}

function checked(token: string, what: string): string {
  const bytes = Buffer.byteLength(token);
  if (bytes >= 1 && bytes <= LONGEST_TOKEN) return token;
  throw new IggyError(CODE.invalidToken, {
    detail: `${what} has ${bytes} bytes, a token has 1 to ${LONGEST_TOKEN}`,
    advice: "give the text that create_personal_access_token answered",
  });
}

function limited(what: string, text: string, longest: number, code: number): string {
  const bytes = Buffer.byteLength(text);
  if (bytes >= 3 && bytes <= longest) return text;
  throw new IggyError(code, { detail: `the ${what} has ${bytes} bytes` });
}
