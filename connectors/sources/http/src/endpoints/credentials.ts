import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { EndpointConfig } from "../config.ts";
import { createSignatureCheck, type SignatureCheck } from "./signatures.ts";

/** How an endpoint knows its senders: by a header, or by a signature of the body. */
export interface Credentials {
  /** Before the body is read. False: 401. */
  headersAllowed(headers: IncomingHttpHeaders): boolean;
  /** With the body as it was sent. False: 401. */
  bodyAllowed(headers: IncomingHttpHeaders, body: Uint8Array, path: string): boolean;
}

const always = (): boolean => true;

export function openToAll(): Credentials {
  return { headersAllowed: always, bodyAllowed: always };
}

export function bearer(...tokens: readonly string[]): Credentials {
  return { headersAllowed: authorizationIs(tokens.map((token) => `Bearer ${token}`)), bodyAllowed: always };
}

export function createCredentials(endpoint: EndpointConfig): Credentials {
  const { auth_type, auth_secret = "", auth_secret_previous: previous, auth_username = "" } = endpoint;
  const secrets = previous === undefined ? [auth_secret] : [auth_secret, previous];
  switch (auth_type) {
    case "none":
      return openToAll();
    case "bearer":
      return bearer(...secrets);
    case "basic": {
      const encoded = secrets.map((secret) => `Basic ${Buffer.from(`${auth_username}:${secret}`).toString("base64")}`);
      return { headersAllowed: authorizationIs(encoded), bodyAllowed: always };
    }
    default: {
      const check: SignatureCheck = createSignatureCheck(endpoint);
      return { headersAllowed: check.isPresent, bodyAllowed: check.verify };
    }
  }
}

/** Digests have one length, so that comparing them tells nothing of the secret, not even how long it is. */
function authorizationIs(expected: readonly string[]): (headers: IncomingHttpHeaders) => boolean {
  const digests = expected.map((authorization) => sha256(normalised(authorization)));
  return ({ authorization }) => {
    if (authorization === undefined) return false;
    const given = sha256(normalised(authorization));
    return digests.some((digest) => timingSafeEqual(given, digest));
  };
}

/** The scheme's name is not case-sensitive (RFC 9110 §11.1). */
function normalised(authorization: string): string {
  const space = authorization.indexOf(" ");
  return space < 0 ? authorization : authorization.slice(0, space).toLowerCase() + authorization.slice(space);
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
