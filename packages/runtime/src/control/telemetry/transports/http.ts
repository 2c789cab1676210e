import type { ExportResponse } from "@opentelemetry/otlp-exporter-base";
import { MAX_RESPONSE, type Transport } from "./transport.ts";

const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** OTLP/HTTP with binary protobuf, posted to the endpoint exactly as configured: nothing is appended to its path. */
export class HttpTransport implements Transport {
  readonly #endpoint: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(endpoint: string, headers: Readonly<Record<string, string>>) {
    this.#endpoint = endpoint;
    this.#headers = headers;
  }

  async send(body: Uint8Array, signal: AbortSignal): Promise<ExportResponse> {
    try {
      const reply = await fetch(this.#endpoint, {
        method: "POST",
        headers: { ...this.#headers, "content-type": "application/x-protobuf" },
        body: body as Uint8Array<ArrayBuffer>,
        // The headers may contain a secret, which must not be sent to the target of a redirect.
        redirect: "manual",
        signal,
      });
      const data = await boundedBody(reply);
      if (reply.ok) return { status: "success", data };
      const error = new Error(`HTTP status ${reply.status}`);
      if (!RETRYABLE.has(reply.status)) return { status: "failure", error };
      const retryInMillis = retryAfter(reply.headers.get("retry-after"));
      return { status: "retryable", error, ...(retryInMillis === undefined ? {} : { retryInMillis }) };
    } catch (error) {
      return { status: "retryable", error: reasonOf(error) };
    }
  }

  close(): void {}
}

async function boundedBody(reply: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of reply.body ?? []) {
    length += chunk.length;
    if (length > MAX_RESPONSE) throw new Error(`the response is larger than ${MAX_RESPONSE} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function retryAfter(header: string | null): number | undefined {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined;
}

/** `fetch` puts the reason into the cause of its error. */
function reasonOf(error: unknown): Error {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error && cause.message !== "") return cause;
  return error instanceof Error ? error : new Error(String(error));
}
