import type { IncomingMessage } from "node:http";
import type { HttpSourceConfig } from "../config.ts";

/** Iggy takes no longer header value. */
const MAX_VALUE = 255;

type MessageHeaders = Record<string, string | bigint>;

/** What of a request becomes headers of its messages; `undefined`: nothing. */
export function createHeaderReader(
  config: Pick<HttpSourceConfig, "include_http_metadata" | "forward_headers">,
  instance: string,
): (request: IncomingMessage) => MessageHeaders | undefined {
  const forwarded = config.forward_headers.map((name) => name.toLowerCase());
  return ({ headers, socket }) => {
    const made: MessageHeaders = {};
    if (config.include_http_metadata) {
      made.iggy_source_instance = instance;
      made.iggy_http_remote_addr = socket.remoteAddress ?? "unknown";
      made.iggy_http_received_at = BigInt(Date.now()) * 1000n;
    }
    for (const name of forwarded) {
      const value = headers[name];
      const text = cut(Array.isArray(value) ? value.join(", ") : (value ?? ""));
      if (text !== "") made[name] = text;
    }
    return Object.keys(made).length === 0 ? undefined : made;
  };
}

/** At most 255 bytes of UTF-8, never half a character. */
function cut(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_VALUE) return text;
  let end = MAX_VALUE;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString("utf8", 0, end);
}
