import type { IncomingHttpHeaders } from "node:http";
import { HmacSigner } from "@iggy-connectors/http";
import type { EndpointConfig } from "../config.ts";

export interface SignatureCheck {
  isPresent(headers: IncomingHttpHeaders): boolean;
  verify(headers: IncomingHttpHeaders, body: Uint8Array): boolean;
}

/** What a request's headers claim. */
interface Claim {
  readonly timestamp: string;
  readonly id?: string;
  /** Any of them may be right: senders sign with two secrets while they change them. */
  readonly signatures: readonly Buffer[];
}

interface Scheme {
  readonly algorithm: "sha256" | "sha1";
  readonly secret: string | Uint8Array;
  readonly signed: string;
  /** Whether there is a time of signing to be checked. */
  readonly timed: boolean;
  claim(headers: IncomingHttpHeaders): Claim | undefined;
}

const MAX_SIGNATURES = 8;

/** Verifies in constant time; a signature that is too old is as wrong as a forged one. */
export function createSignatureCheck(endpoint: EndpointConfig): SignatureCheck {
  const scheme = schemeOf(endpoint);
  const signer = new HmacSigner(scheme.algorithm, scheme.secret, scheme.signed);
  const tolerance = endpoint.signature_tolerance;
  return {
    isPresent: (headers) => scheme.claim(headers) !== undefined,
    verify(headers, body) {
      const claim = scheme.claim(headers);
      if (claim === undefined) return false;
      const { timestamp, id = "", signatures } = claim;
      if (scheme.timed && !isRecent(timestamp, tolerance)) return false;
      const content = { timestamp, id, body, method: "POST", path: "" };
      return signatures.some((signature) => signer.verify(content, signature));
    },
  };
}

function schemeOf(endpoint: EndpointConfig): Scheme {
  const secret = endpoint.auth_secret ?? "";
  switch (endpoint.auth_type) {
    case "stripe":
      // https://docs.stripe.com/webhooks/signature
      return { algorithm: "sha256", secret, signed: "{timestamp}.{body}", timed: true, claim: stripeClaim };
    case "slack":
      // https://api.slack.com/authentication/verifying-requests-from-slack
      return {
        algorithm: "sha256",
        secret,
        signed: "v0:{timestamp}:{body}",
        timed: true,
        claim: (headers) =>
          hexClaim(one(headers["x-slack-signature"]), "v0=", one(headers["x-slack-request-timestamp"])),
      };
    case "standard-webhooks":
      // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
      return {
        algorithm: "sha256",
        secret: Buffer.from(secret.replace(/^whsec_/, ""), "base64"),
        signed: "{id}.{timestamp}.{body}",
        timed: true,
        claim: standardClaim,
      };
    default: {
      const header = endpoint.hmac_header.toLowerCase();
      const timeHeader = endpoint.hmac_timestamp_header?.toLowerCase();
      const timed = timeHeader !== undefined;
      return {
        algorithm: endpoint.auth_type === "hmac-sha1" ? "sha1" : "sha256",
        secret,
        signed: endpoint.hmac_signed ?? (timed ? "{timestamp}.{body}" : "{body}"),
        timed,
        claim: (headers) => hexClaim(one(headers[header]), endpoint.hmac_prefix, timed ? one(headers[timeHeader]) : ""),
      };
    }
  }
}

function hexClaim(signature: string | undefined, prefix: string, timestamp: string | undefined): Claim | undefined {
  if (signature === undefined || timestamp === undefined || !signature.startsWith(prefix)) return undefined;
  const hex = signature.slice(prefix.length);
  return isHex(hex) ? { timestamp, signatures: [Buffer.from(hex, "hex")] } : undefined;
}

function stripeClaim(headers: IncomingHttpHeaders): Claim | undefined {
  let timestamp: string | undefined;
  const signatures: Buffer[] = [];
  for (const part of (one(headers["stripe-signature"]) ?? "").split(",")) {
    const [name, value = ""] = part.trim().split("=", 2);
    if (name === "t") timestamp = value;
    else if (name === "v1" && isHex(value) && signatures.length < MAX_SIGNATURES)
      signatures.push(Buffer.from(value, "hex"));
  }
  return timestamp === undefined || signatures.length === 0 ? undefined : { timestamp, signatures };
}

function standardClaim(headers: IncomingHttpHeaders): Claim | undefined {
  const id = one(headers["webhook-id"]);
  const timestamp = one(headers["webhook-timestamp"]);
  const signatures = (one(headers["webhook-signature"]) ?? "")
    .split(" ")
    .filter((part) => part.startsWith("v1,"))
    .slice(0, MAX_SIGNATURES)
    .map((part) => Buffer.from(part.slice(3), "base64"));
  return id === undefined || timestamp === undefined || signatures.length === 0
    ? undefined
    : { id, timestamp, signatures };
}

function isRecent(timestamp: string, tolerance: number): boolean {
  if (!/^\d{1,12}$/.test(timestamp)) return false;
  return tolerance === 0 || Math.abs(Date.now() - Number(timestamp) * 1000) <= tolerance;
}

function isHex(text: string): boolean {
  return text.length > 0 && text.length % 2 === 0 && /^[0-9a-fA-F]+$/.test(text);
}

function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? undefined : value;
}
