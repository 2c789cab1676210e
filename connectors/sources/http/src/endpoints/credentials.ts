import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { EndpointConfig } from "../config.ts";
import { createSignatureCheck, type SignatureCheck } from "./signatures.ts";

/** How an endpoint knows its senders: by a header, or by a signature of the body. */
export interface Credentials {
  /** Before the body is read. False: 401. */
  headersAllowed(headers: IncomingHttpHeaders): boolean;
  /** With the body as it was sent. False: 401. */
  bodyAllowed(headers: IncomingHttpHeaders, body: Uint8Array): boolean;
}

const always = (): boolean => true;

export function openToAll(): Credentials {
  return { headersAllowed: always, bodyAllowed: always };
}

export function bearer(token: string): Credentials {
  return { headersAllowed: authorizationIs(`Bearer ${token}`), bodyAllowed: always };
}

export function createCredentials(endpoint: EndpointConfig): Credentials {
  const { auth_type, auth_secret = "", auth_username = "" } = endpoint;
  switch (auth_type) {
    case "none":
      return openToAll();
    case "bearer":
      return bearer(auth_secret);
    case "basic": {
      const encoded = Buffer.from(`${auth_username}:${auth_secret}`).toString("base64");
      return { headersAllowed: authorizationIs(`Basic ${encoded}`), bodyAllowed: always };
    }
    default: {
      const check: SignatureCheck = createSignatureCheck(endpoint);
      return { headersAllowed: (headers) => check.isPresent(headers), bodyAllowed: (h, body) => check.verify(h, body) };
    }
  }
}

/** Digests have one length, so that comparing them tells nothing of the secret, not even how long it is. */
function authorizationIs(expected: string): (headers: IncomingHttpHeaders) => boolean {
  const digest = sha256(normalised(expected));
  return ({ authorization }) =>
    authorization !== undefined && timingSafeEqual(sha256(normalised(authorization)), digest);
}

/** The scheme's name is not case-sensitive (RFC 9110 §11.1). */
function normalised(authorization: string): string {
  const space = authorization.indexOf(" ");
  return space < 0 ? authorization : authorization.slice(0, space).toLowerCase() + authorization.slice(space);
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
