import type { ServerResponse } from "node:http";

/** Responses to senders. The reason names the cause; of the request it shows at most the value that a schema refuses. */
export interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

const refusal = (status: number, code: string, reason: string, more: Partial<Reply> = {}): Reply => ({
  status,
  body: { code, reason },
  ...more,
});

const SOON = { "retry-after": "1" };

export const REPLIES = {
  unknown: refusal(404, "not_found", "no such endpoint"),
  method: refusal(405, "method_not_allowed", "use POST", { headers: { allow: "POST" } }),
  unauthorized: refusal(401, "unauthorized", "the credentials or the signature are missing or wrong"),
  tooLarge: refusal(413, "too_large", "the body is too large"),
  full: refusal(429, "busy", "too many messages are waiting for Iggy", { headers: SOON }),
  stopping: refusal(503, "stopping", "the connector is stopping", { headers: { ...SOON, connection: "close" } }),
  unconfirmed: refusal(503, "unconfirmed", "Iggy did not confirm in time: send the request again", { headers: SOON }),
  failed: refusal(500, "failed", "the request could not be handled"),
  encoding: refusal(415, "unsupported_encoding", "the content encoding is not supported, or the content is damaged"),
  charset: refusal(415, "unsupported_charset", "the charset is not supported, or the body is not in it"),
} as const;

export const invalid = (reason: string): Reply => refusal(400, "invalid", reason);

/** The `Content-Type` says that the body is something else than the streams hold. */
export const unsupported = (reason: string): Reply => refusal(415, "unsupported_media_type", reason);

export const accepted = (status: "stored" | "queued", messages: number): Reply => ({
  status: 200,
  body: { status, messages },
});

export function send(response: ServerResponse, { status, body, headers }: Reply): void {
  if (response.headersSent || response.destroyed) return;
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
  // What is left of a refused body is thrown away, until the request's time is over: a socket closed on a sender that still
  // writes would lose the answer.
  response.req.resume();
}
