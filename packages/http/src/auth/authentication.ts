import { HmacSigner } from "./hmac.ts";
import { ClientCredentials, type TokenRequester } from "./oauth2.ts";
import type { AuthOptions, HmacOptions } from "./options.ts";

export interface OutgoingRequest {
  readonly method: string;
  /** With query. */
  readonly path: string;
  /** As sent. */
  readonly body: Uint8Array | undefined;
  readonly signal: AbortSignal | undefined;
}

export interface Authentication {
  /** Headers of one attempt, lower-case names. */
  headers(request: OutgoingRequest): Promise<Readonly<Record<string, string>>>;
  /** The server refused these credentials (401). True: they may be renewed, so that one more attempt makes sense. */
  refused(): boolean;
  /** The server took the credentials. */
  accepted(): void;
  /** Values that must not be shown. */
  readonly secrets: readonly string[];
}

const EMPTY = new Uint8Array(0);

export function createAuthentication(
  options: AuthOptions | undefined,
  requestToken: TokenRequester,
): Authentication | undefined {
  switch (options?.type) {
    case undefined:
      return undefined;
    case "basic": {
      const encoded = Buffer.from(`${options.username}:${options.password}`).toString("base64");
      return fixed("authorization", `Basic ${encoded}`, [encoded, options.password]);
    }
    case "bearer":
      return fixed("authorization", `Bearer ${options.token}`, [options.token]);
    case "api_key":
      return fixed(options.header.toLowerCase(), options.key, [options.key]);
    case "hmac":
      return signing(options);
    case "oauth2":
      return new ClientCredentials(options, requestToken);
  }
}

function nothing(): void {}

function fixed(name: string, value: string, secrets: readonly string[]): Authentication {
  const headers = { [name]: value };
  return { headers: async () => headers, refused: () => false, accepted: nothing, secrets };
}

function signing(options: HmacOptions): Authentication {
  const { prefix, encoding } = options;
  const header = options.header.toLowerCase();
  const timestampHeader = options.timestampHeader.toLowerCase();
  const signer = new HmacSigner(options.algorithm, options.secret, options.signed);
  return {
    async headers({ method, path, body }) {
      const timestamp = String(Math.floor(Date.now() / 1000));
      const digest = signer.digest({ timestamp, method, path, body: body ?? EMPTY });
      return {
        [header]: `${prefix}${digest.toString(encoding)}`,
        ...(timestampHeader === "" ? {} : { [timestampHeader]: timestamp }),
      };
    },
    refused: () => false,
    accepted: nothing,
    secrets: [options.secret],
  };
}
