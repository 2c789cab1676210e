import { FatalError, RetryableError } from "@iggy-connectors/sdk";
import { z } from "zod";
import type { Authentication, OutgoingRequest } from "./authentication.ts";
import type { OAuth2Options } from "./options.ts";

/** RFC 6749 §5.1. Some servers write the lifetime as text. */
const tokenReply = z.object({
  access_token: z.string().min(1),
  token_type: z.string().optional(),
  expires_in: z.coerce.number().positive().optional(),
});

export interface TokenCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Posts to the token endpoint; gives status and body whatever the status is. A network failure is thrown, retryable. */
export interface TokenRequester {
  post(call: TokenCall): Promise<{ readonly status: number; readonly text: string }>;
  /** A token was issued: it must not be shown. The one before is no longer used. */
  tokenChanged(token: string, before: string | undefined): void;
}

/** A token is renewed this long before it ends, one that lives for less than a minute after half of its life. Milliseconds. */
const RENEW_BEFORE = 30_000;
/** For servers that do not say how long a token lives. */
const ASSUMED_LIFETIME = 300_000;

interface Token {
  readonly value: string;
  /** Milliseconds of the monotonic clock. */
  readonly renewAt: number;
}

/** OAuth 2.0 client credentials (RFC 6749 §4.4): one token for all requests, fetched once, however many requests wait for it. */
export class ClientCredentials implements Authentication {
  readonly secrets: readonly string[];
  readonly #options: OAuth2Options;
  readonly #requester: TokenRequester;
  #token: Token | undefined;
  #fetching: Promise<Token> | undefined;
  /** The last token that the server refused, so that a second refusal in a row is final. */
  #refusedBefore = false;

  constructor(options: OAuth2Options, requester: TokenRequester) {
    this.#options = options;
    this.#requester = requester;
    this.secrets = [options.clientSecret, basicCredentials(options)];
  }

  async headers({ signal }: OutgoingRequest): Promise<Readonly<Record<string, string>>> {
    if (this.#token === undefined || performance.now() >= this.#token.renewAt) {
      // Shared by all requests that wait, so that none of their signals may end it; the requester's timeout does.
      this.#fetching ??= this.#fetch().finally(() => {
        this.#fetching = undefined;
      });
      await unlessAborted(this.#fetching, signal);
    }
    return { authorization: `Bearer ${this.#token?.value}` };
  }

  refused(): boolean {
    const again = !this.#refusedBefore;
    this.#refusedBefore = true;
    if (this.#token !== undefined) this.#token = { ...this.#token, renewAt: 0 };
    return again;
  }

  /** The server took a token: a later refusal means that it was revoked. */
  accepted(): void {
    this.#refusedBefore = false;
  }

  async #fetch(): Promise<Token> {
    const { tokenUrl, credentialsIn, clientId, clientSecret, scopes, audience, parameters } = this.#options;
    const form = new URLSearchParams({ grant_type: "client_credentials", ...parameters });
    if (scopes !== undefined && scopes.length > 0) form.set("scope", scopes.join(" "));
    if (audience !== undefined) form.set("audience", audience);
    if (credentialsIn === "body") {
      form.set("client_id", clientId);
      form.set("client_secret", clientSecret);
    }
    const reply = await this.#requester.post({
      url: tokenUrl,
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        accept: "application/json",
        ...(credentialsIn === "header" ? { authorization: `Basic ${basicCredentials(this.#options)}` } : {}),
      },
      body: form.toString(),
    });
    const { access_token, expires_in } = readReply(reply.status, reply.text, this.#token !== undefined);
    const lifetime = expires_in === undefined ? ASSUMED_LIFETIME : expires_in * 1000;
    this.#requester.tokenChanged(access_token, this.#token?.value);
    this.#token = {
      value: access_token,
      renewAt: performance.now() + Math.max(lifetime - RENEW_BEFORE, lifetime / 2),
    };
    return this.#token;
  }
}

async function unlessAborted(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) {
    await work;
    return;
  }
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
    work.catch(() => undefined);
  }
}

/** `issued`: the endpoint has taken these credentials before, so that it may do so again. */
function readReply(status: number, text: string, issued: boolean): z.infer<typeof tokenReply> {
  const code = "IGC_HTTP_OAUTH2";
  if (status === 429 || status === 408 || status >= 500) {
    throw new RetryableError(`the token endpoint answered ${status}`, { code, place: "auth.token_url" });
  }
  if (status < 200 || status >= 300) {
    // RFC 6749 §5.2: invalid_client, invalid_scope … The description may repeat what was sent, the code does not.
    const reason = /"error"\s*:\s*"([\w-]{1,64})"/.exec(text)?.[1];
    const message = `the token endpoint answered ${status}${reason === undefined ? "" : ` (${reason})`}`;
    const fix = "check auth.token_url, auth.client_id, auth.client_secret and auth.scopes";
    if (issued) throw new RetryableError(message, { code, place: "auth", fix });
    throw new FatalError(message, { code, place: "auth", fix });
  }
  try {
    return tokenReply.parse(JSON.parse(text));
  } catch {
    throw new RetryableError("the token endpoint's response has no access token", {
      code,
      place: "auth.token_url",
      fix: "check that the URL is that of the token endpoint",
    });
  }
}

/** RFC 6749 §2.3.1: both parts are form-encoded first, as in a body: a blank is `+`, and `!'()~` are escaped, too. */
function basicCredentials({ clientId, clientSecret }: OAuth2Options): string {
  return Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`).toString("base64");
}

function formEncoded(text: string): string {
  return new URLSearchParams([["", text]]).toString().slice(1);
}
