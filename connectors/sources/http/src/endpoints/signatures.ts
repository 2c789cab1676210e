import type { IncomingHttpHeaders } from "node:http";
import { HmacSigner } from "@iggy-connectors/http";
import type { EndpointConfig } from "../config.ts";

export interface SignatureCheck {
  isPresent(headers: IncomingHttpHeaders): boolean;
  /** `path`: as it was requested, with its query. */
  verify(headers: IncomingHttpHeaders, body: Uint8Array, path: string): boolean;
}

/** What a request's headers claim. */
interface Claim {
  readonly timestamp: string;
  readonly id?: string;
  /** Any of them may be right: senders sign with two secrets while they change them. */
  readonly signatures: readonly Buffer[];
}

interface Scheme {
  readonly algorithm: "sha256" | "sha1" | "sha512";
  /** How a secret of the configuration is used as key. */
  key(secret: string): string | Uint8Array;
  readonly signed: string;
  /** Whether there is a time of signing to be checked. */
  readonly timed: boolean;
  claim(headers: IncomingHttpHeaders): Claim | undefined;
}

const MAX_SIGNATURES = 8;
const DIGEST_BYTES = { sha256: 32, sha1: 20, sha512: 64 } as const;
const ALGORITHMS: Readonly<Record<string, Scheme["algorithm"]>> = { "hmac-sha1": "sha1", "hmac-sha512": "sha512" };
/** From so many digits on a time is in milliseconds. */
const MILLISECOND_DIGITS = 13;

const asItIs = (secret: string): string => secret;

const slackSignatures = signatureReader("v0=", DIGEST_BYTES.sha256);

/** Verifies in constant time; a signature that is too old is as wrong as a forged one. */
export function createSignatureCheck(endpoint: EndpointConfig): SignatureCheck {
  const scheme = schemeOf(endpoint);
  const secrets = [endpoint.auth_secret ?? "", endpoint.auth_secret_previous].filter((secret) => secret !== undefined);
  const signers = secrets.map((secret) => new HmacSigner(scheme.algorithm, scheme.key(secret), scheme.signed));
  const tolerance = endpoint.signature_tolerance;
  return {
    isPresent: (headers) => scheme.claim(headers) !== undefined,
    verify(headers, body, path) {
      const claim = scheme.claim(headers);
      if (claim === undefined) return false;
      const { timestamp, id = "", signatures } = claim;
      if (scheme.timed && !isRecent(timestamp, tolerance)) return false;
      const content = { timestamp, id, body, method: "POST", path };
      return signatures.some((signature) => signers.some((signer) => signer.verify(content, signature)));
    },
  };
}

function schemeOf(endpoint: EndpointConfig): Scheme {
  switch (endpoint.auth_type) {
    case "stripe":
      // https://docs.stripe.com/webhooks/signature
      return { algorithm: "sha256", key: asItIs, signed: "{timestamp}.{body}", timed: true, claim: stripeClaim };
    case "slack":
      // https://api.slack.com/authentication/verifying-requests-from-slack
      return {
        algorithm: "sha256",
        key: asItIs,
        signed: "v0:{timestamp}:{body}",
        timed: true,
        claim: (headers) =>
          listedClaim(one(headers["x-slack-signature"]), slackSignatures, one(headers["x-slack-request-timestamp"])),
      };
    case "standard-webhooks":
      // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
      return {
        algorithm: "sha256",
        key: (secret) => Buffer.from(secret.replace(/^whsec_/, ""), "base64"),
        signed: "{id}.{timestamp}.{body}",
        timed: true,
        claim: standardClaim,
      };
    default: {
      const header = endpoint.hmac_header.toLowerCase();
      const timeHeader = endpoint.hmac_timestamp_header?.toLowerCase();
      const timed = timeHeader !== undefined;
      const algorithm = ALGORITHMS[endpoint.auth_type] ?? "sha256";
      const signatures = signatureReader(endpoint.hmac_prefix, DIGEST_BYTES[algorithm]);
      return {
        algorithm,
        key: asItIs,
        signed: endpoint.hmac_signed ?? (timed ? "{timestamp}.{body}" : "{body}"),
        timed,
        claim: (headers) => listedClaim(one(headers[header]), signatures, timed ? one(headers[timeHeader]) : ""),
      };
    }
  }
}

type SignatureReader = (header: string) => Buffer[];

function listedClaim(
  header: string | undefined,
  read: SignatureReader,
  timestamp: string | undefined,
): Claim | undefined {
  if (header === undefined || timestamp === undefined) return undefined;
  const signatures = read(header);
  return signatures.length === 0 ? undefined : { timestamp, signatures };
}

/**
 * Reads the signatures in a header: each behind the prefix, whose case does not matter, and a space that may follow it; several are divided by
 * commas, semicolons or spaces. Hexadecimal and base64 cannot be confused, since their lengths differ.
 */
function signatureReader(prefix: string, bytes: number): SignatureReader {
  const escaped = prefix.trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const pattern = new RegExp(`(?:^|[\\s,;])${escaped}\\s*([A-Za-z0-9+/_=-]+)(?=$|[\\s,;])`, "gi");
  return (header) => {
    const signatures: Buffer[] = [];
    for (const [, text = ""] of header.matchAll(pattern)) {
      const signature =
        isHex(text) && text.length === 2 * bytes ? Buffer.from(text, "hex") : Buffer.from(text, "base64");
      if (signature.length === bytes && signatures.length < MAX_SIGNATURES) signatures.push(signature);
    }
    return signatures;
  };
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
  if (!/^\d{1,13}$/.test(timestamp)) return false;
  const time = timestamp.length < MILLISECOND_DIGITS ? Number(timestamp) * 1000 : Number(timestamp);
  return tolerance === 0 || Math.abs(Date.now() - time) <= tolerance;
}

function isHex(text: string): boolean {
  return text.length > 0 && text.length % 2 === 0 && /^[0-9a-fA-F]+$/.test(text);
}

function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? undefined : value;
}
