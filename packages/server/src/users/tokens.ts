import { createHash, randomBytes } from "node:crypto";

/** 68 characters, as Iggy's tokens have. */
const TOKEN_BYTES = 51;

/** A new personal access token: what its owner is shown once, and what is stored. */
export function newToken(): { readonly token: string; readonly hash: string } {
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  return { token, hash: tokenHash(token) };
}

/** A token is random and long, so a plain hash cannot be reversed. */
export function tokenHash(token: string): string {
  return createHash("sha256").update(token, "utf8").digest("base64url");
}
