import { byteSize, duration, secret } from "@iggy-connectors/sdk";
import { z } from "zod";

/** The maximum payload size of Iggy. */
const MAX_PAYLOAD = 64_000_000;

/** Headers with ids that senders keep when they repeat a delivery. */
const ID_HEADERS = ["webhook-id", "svix-id", "x-github-delivery", "idempotency-key"];

const bodyLimit = byteSize()
  .prefault("1MiB")
  .refine((bytes) => bytes >= 1 && bytes <= MAX_PAYLOAD, {
    error: `must be between 1 and ${MAX_PAYLOAD} bytes, the maximum payload size of Iggy`,
  });

const TIME = "{timestamp}";

/** Without `hmac_signed` the time is part of what is signed. */
function isTimeSigned(header: string | undefined, signed: string | undefined): boolean {
  return header === undefined || signed === undefined || signed.includes(TIME);
}

const contentShape = {
  stream: z
    .string()
    .min(1)
    .optional()
    .describe("Name of the `[[streams]]` entry that the messages go to. Absent: all of them.")
    .meta({ example: "orders" }),
  content: z
    .enum(["auto", "json", "ndjson", "text", "raw"])
    .default("auto")
    .describe(
      "Format of a body: one JSON text, one JSON text per line, text, or bytes. `auto`: by its Content-Type, else bytes. A body in another format is answered with 400.",
    )
    .meta({ example: "json" }),
  split_arrays: z.boolean().default(false).describe("Makes each element of a JSON array a message."),
  id_headers: z
    .array(z.string().min(1))
    .default(ID_HEADERS)
    .describe(
      "Headers with the id of a delivery; the first one that is present counts. A repeated delivery gets the same message ids. Without such a header ids are random.",
    )
    .meta({ example: ["x-delivery-id"] }),
};

const endpoint = z
  .object({
    endpoint_id: z
      .string()
      .regex(/^[0-9a-f]{32}$/, { error: "must be 32 lower-case hexadecimal digits" })
      .optional()
      .describe("Id of the endpoint, whose path is `/e/{endpoint_id}`.")
      .meta({ example: "5f0c7d2e9a6b4c1d8e3f0a1b2c3d4e5f" }),
    path: z
      .string()
      .regex(/^\/[\x21-\x7e]*$/, { error: "must begin with a slash and contain no spaces" })
      .optional()
      .describe("Path of the endpoint, instead of `endpoint_id`.")
      .meta({ example: "/github" }),
    ...contentShape,
    auth_type: z
      .enum([
        "none",
        "bearer",
        "basic",
        "hmac-sha256",
        "hmac-sha1",
        "hmac-sha512",
        "stripe",
        "slack",
        "standard-webhooks",
      ])
      .default("none")
      .describe(
        "How senders are authenticated. `hmac-*`: by a signature of the body, as GitHub sends it; the others as those services sign.",
      )
      .meta({ example: "hmac-sha256" }),
    auth_secret: secret()
      .min(1)
      .optional()
      .describe("Token, password or signing secret.")
      .meta({ example: "a-secret" }),
    auth_secret_previous: secret()
      .min(1)
      .optional()
      .describe("The secret before, which is accepted as well while senders change to the new one.")
      .meta({ example: "an-old-secret" }),
    auth_username: z.string().min(1).optional().describe("User name for `basic`.").meta({ example: "sender" }),
    hmac_header: z.string().min(1).default("X-Hub-Signature-256").describe("Header of the signature."),
    hmac_prefix: z
      .string()
      .default("sha256=")
      .describe(
        "Text before each signature, in upper or lower case. A signature is hexadecimal or base64; a header may have several.",
      ),
    hmac_timestamp_header: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Header with the time of signing, in seconds or milliseconds. It must be part of what is signed; old requests are refused.",
      )
      .meta({ example: "X-Timestamp" }),
    hmac_signed: z
      .string()
      .includes("{body}", { error: "must contain {body}: what is not signed can be forged" })
      .optional()
      .describe(
        "Signed text, with `{timestamp}`, `{method}`, `{path}` (with its query) and `{body}`. Absent: `{body}`, or `{timestamp}.{body}` with a timestamp header.",
      )
      .meta({ example: "{timestamp}.{body}" }),
    signature_tolerance: duration()
      .prefault("5m")
      .describe("Maximum difference between the time of signing and the current time; 0 = unlimited.")
      .meta({ example: "1m" }),
    expires_at: z.iso
      .datetime({ offset: true })
      .optional()
      .describe("Time at which the endpoint expires.")
      .meta({ example: "2030-01-01T00:00:00Z" }),
  })
  .refine(({ endpoint_id, path }) => (endpoint_id === undefined) !== (path === undefined), {
    error: "must have either endpoint_id or path",
  })
  .refine(({ auth_type, auth_secret }) => auth_type === "none" || auth_secret !== undefined, {
    error: "requires auth_secret for its auth_type",
    path: ["auth_secret"],
  })
  .refine(({ hmac_timestamp_header, hmac_signed }) => isTimeSigned(hmac_timestamp_header, hmac_signed), {
    error:
      "must contain {timestamp}: a time that is not signed proves nothing, and an old signature could be sent with a new one",
    path: ["hmac_signed"],
  })
  .refine(({ hmac_timestamp_header: header, hmac_signed: signed }) => header !== undefined || !signed?.includes(TIME), {
    error: "requires hmac_timestamp_header for {timestamp}",
    path: ["hmac_timestamp_header"],
  })
  .refine(({ auth_type, auth_username }) => auth_type !== "basic" || auth_username !== undefined, {
    error: 'requires auth_username for auth_type "basic"',
    path: ["auth_username"],
  });

export const httpSourceConfig = z
  .object({
    listen_addr: z
      .string()
      .regex(/^(\[[0-9a-fA-F:.%\w]+\]|[^\s:/[\]]+):\d{1,5}$/, { error: 'must be an address such as "127.0.0.1:8090"' })
      .describe("Address and port to listen on.")
      .meta({ example: "0.0.0.0:8090" }),
    instance_name: z
      .string()
      .min(1)
      .max(255)
      .optional()
      .describe("Value of the header `iggy_source_instance`. Absent: the key of the connector.")
      .meta({ example: "edge-1" }),
    topic_path: z
      .string()
      .regex(/^[\w.~-]+(\/[\w.~-]+)*$/, { error: "must be letters, digits, dots, hyphens and slashes" })
      .optional()
      .describe("Enables the endpoint `/topics/{topic_path}`, which `auth_bearer_token` protects.")
      .meta({ example: "events" }),
    auth_bearer_token: secret()
      .min(1)
      .optional()
      .describe("Token that `/topics/…` requires. Absent: no authentication.")
      .meta({ example: "a-token" }),
    endpoints: z.array(endpoint).default([]).describe("Additional endpoints, each with its own settings."),
    max_body_size_bytes: bodyLimit
      .describe("Maximum size of a body, also after decompression; a larger one is answered with 413.")
      .meta({ example: "4MiB" }),
    buffer_capacity: z
      .int()
      .min(1)
      .default(10_000)
      .describe(
        "Maximum number of messages that wait for Iggy; beyond it requests are answered 429 with `Retry-After`.",
      ),
    buffer_bytes: byteSize()
      .prefault("32MiB")
      .describe("The same limit in bytes; bodies that are being received count.")
      .meta({ example: "8MiB" }),
    max_batch_size: z.int().min(1).default(500).describe("Maximum number of messages per batch."),
    ack_mode: z
      .enum(["durable", "queued"])
      .default("durable")
      .describe(
        "When a request is answered. `durable`: when Iggy has confirmed its messages. `queued`: at once, as the original does; a crash then loses waiting messages.",
      )
      .meta({ example: "queued" }),
    ack_timeout: duration()
      .prefault("30s")
      .refine((milliseconds) => milliseconds > 0, { error: "must be greater than 0" })
      .describe("Maximum wait for Iggy; then the request is answered 503. Its messages may still be stored.")
      .meta({ example: "10s" }),
    request_timeout: duration()
      .prefault("30s")
      .describe(
        "Time within which a request must have been received, from its first byte; then it is answered with 408. 0 = unlimited.",
      )
      .meta({ example: "10s" }),
    include_http_metadata: z
      .boolean()
      .default(true)
      .describe("Adds the headers `iggy_source_instance`, `iggy_http_remote_addr` and `iggy_http_received_at` (µs)."),
    forward_headers: z
      .array(z.string().min(1))
      .default([])
      .describe("Request headers to copy into message headers, cut at 255 bytes.")
      .meta({ example: ["x-github-event"] }),
    tls: z
      .object({
        cert_file: z
          .string()
          .min(1)
          .describe("PEM file of the server certificate.")
          .meta({ example: "/etc/ssl/server.pem", file: true }),
        key_file: z
          .string()
          .min(1)
          .describe("PEM file of its key.")
          .meta({ example: "/etc/ssl/server.key", file: true }),
        key_passphrase: secret().optional().describe("Passphrase of the key.").meta({ example: "a-passphrase" }),
        ca_file: z
          .string()
          .min(1)
          .optional()
          .describe("PEM file of certificate authorities; senders must then have a certificate of one of them.")
          .meta({ example: "/etc/ssl/senders.pem", file: true }),
      })
      .optional()
      .describe("Serves `https://` instead of `http://`."),
    ...contentShape,
    stream: contentShape.stream.describe("`stream` of `/topics/…`."),
    content: contentShape.content.describe("`content` of `/topics/…`, as for an endpoint."),
    split_arrays: contentShape.split_arrays.describe("`split_arrays` of `/topics/…`."),
    id_headers: contentShape.id_headers.describe("`id_headers` of `/topics/…`, as for an endpoint."),
  })
  .refine(({ topic_path, endpoints }) => topic_path !== undefined || endpoints.length > 0, {
    error: "requires topic_path or endpoints: otherwise there is no endpoint",
  })
  .refine(({ buffer_bytes, max_body_size_bytes }) => buffer_bytes >= max_body_size_bytes, {
    error: "must be at least max_body_size_bytes: otherwise a body of that size could never be accepted",
    path: ["buffer_bytes"],
  });

export type HttpSourceConfig = z.infer<typeof httpSourceConfig>;
export type EndpointConfig = z.infer<typeof endpoint>;

/** `json` where every endpoint takes nothing else; with `auto` the requests decide. */
export function producedSchema({ topic_path, content, endpoints }: HttpSourceConfig): "json" | undefined {
  const contents = [...(topic_path === undefined ? [] : [content]), ...endpoints.map((endpoint) => endpoint.content)];
  return contents.every((one) => one === "json" || one === "ndjson") ? "json" : undefined;
}
