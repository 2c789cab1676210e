import { byteSize, duration, secret } from "@iggy-connectors/sdk";
import { z } from "zod";

/** Iggy takes no larger payload. */
const MAX_PAYLOAD = 64_000_000;

/** Identifiers that senders give to a delivery and keep when they repeat it. */
const ID_HEADERS = ["webhook-id", "svix-id", "x-github-delivery", "idempotency-key"];

const bodyLimit = byteSize()
  .prefault("1MiB")
  .refine((bytes) => bytes >= 1 && bytes <= MAX_PAYLOAD, {
    error: `must be between 1 and ${MAX_PAYLOAD} bytes, the largest payload that Iggy takes`,
  });

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
      "What a body is: one JSON text, one JSON text per line, text, or bytes. `auto`: by its Content-Type, bytes where that says nothing. A body that is not what it must be is answered with 400.",
    )
    .meta({ example: "json" }),
  split_arrays: z.boolean().default(false).describe("Makes a message of each element of a JSON array."),
  id_headers: z
    .array(z.string().min(1))
    .default(ID_HEADERS)
    .describe(
      "Headers in which senders name a delivery, the first one present counts: a repeated delivery gets the same message ids. Without one, ids are random.",
    )
    .meta({ example: ["x-delivery-id"] }),
};

const endpoint = z
  .object({
    endpoint_id: z
      .string()
      .regex(/^[0-9a-f]{32}$/, { error: "must be 32 lower-case hexadecimal digits" })
      .optional()
      .describe("The endpoint is `/e/{endpoint_id}`.")
      .meta({ example: "5f0c7d2e9a6b4c1d8e3f0a1b2c3d4e5f" }),
    path: z
      .string()
      .regex(/^\/[\x21-\x7e]*$/, { error: "must begin with a slash and have no spaces" })
      .optional()
      .describe("Or a path of its own.")
      .meta({ example: "/github" }),
    ...contentShape,
    auth_type: z
      .enum(["none", "bearer", "basic", "hmac-sha256", "hmac-sha1", "stripe", "slack", "standard-webhooks"])
      .default("none")
      .describe(
        "How senders prove who they are. `hmac-*`: a signature of the body, as GitHub sends it; the others as those services sign.",
      )
      .meta({ example: "hmac-sha256" }),
    auth_secret: secret()
      .min(1)
      .optional()
      .describe("Token, password or signing secret.")
      .meta({ example: "a-secret" }),
    auth_username: z.string().min(1).optional().describe("User name for `basic`.").meta({ example: "sender" }),
    hmac_header: z.string().min(1).default("X-Hub-Signature-256").describe("Header that carries the signature."),
    hmac_prefix: z.string().default("sha256=").describe("Stands before the hexadecimal signature."),
    hmac_timestamp_header: z
      .string()
      .min(1)
      .optional()
      .describe("Header with the time of signing in seconds; then it is signed too, and old requests are refused.")
      .meta({ example: "X-Timestamp" }),
    hmac_signed: z
      .string()
      .includes("{body}", { error: "must contain {body}: what is not signed can be forged" })
      .optional()
      .describe(
        "What is signed, with `{timestamp}` and `{body}`. Absent: the body, with a timestamp header `{timestamp}.{body}`.",
      )
      .meta({ example: "{timestamp}.{body}" }),
    signature_tolerance: duration()
      .prefault("5m")
      .describe("How far the time of signing may be from now; 0 = any time.")
      .meta({ example: "1m" }),
    expires_at: z.iso
      .datetime({ offset: true })
      .optional()
      .describe("From then on the endpoint is unknown.")
      .meta({ example: "2030-01-01T00:00:00Z" }),
  })
  .refine(({ endpoint_id, path }) => (endpoint_id === undefined) !== (path === undefined), {
    error: "needs either endpoint_id or path",
  })
  .refine(({ auth_type, auth_secret }) => auth_type === "none" || auth_secret !== undefined, {
    error: "needs auth_secret for its auth_type",
    path: ["auth_secret"],
  })
  .refine(({ auth_type, auth_username }) => auth_type !== "basic" || auth_username !== undefined, {
    error: "needs auth_username for basic",
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
      .describe("Written into the header `iggy_source_instance`. Absent: the connector's key.")
      .meta({ example: "edge-1" }),
    topic_path: z
      .string()
      .regex(/^[\w.~-]+(\/[\w.~-]+)*$/, { error: "must be letters, digits, dots, hyphens and slashes" })
      .optional()
      .describe("Opens the endpoint `/topics/{topic_path}`, for `auth_bearer_token`.")
      .meta({ example: "events" }),
    auth_bearer_token: secret()
      .min(1)
      .optional()
      .describe("Token that `/topics/…` asks for. Absent: anybody may send.")
      .meta({ example: "a-token" }),
    endpoints: z.array(endpoint).default([]).describe("More endpoints, each with its own rules."),
    max_body_size_bytes: bodyLimit
      .describe("A larger body, also decompressed, is answered with 413.")
      .meta({ example: "4MiB" }),
    buffer_capacity: z
      .int()
      .min(1)
      .default(10_000)
      .describe("Messages that wait for Iggy; beyond it senders are answered 429 with `Retry-After`."),
    buffer_bytes: byteSize()
      .prefault("32MiB")
      .describe("The same in bytes, with the bodies that are being received.")
      .meta({ example: "8MiB" }),
    max_batch_size: z.int().min(1).default(500).describe("Most messages of one batch to Iggy."),
    ack_mode: z
      .enum(["durable", "queued"])
      .default("durable")
      .describe(
        "When a sender is answered: `durable` once Iggy confirmed its messages, `queued` at once, as the original does; then a crash loses what waits.",
      )
      .meta({ example: "queued" }),
    ack_timeout: duration()
      .prefault("30s")
      .refine((milliseconds) => milliseconds > 0, { error: "must be more than 0" })
      .describe("A sender that waited so long for Iggy is answered 503; its messages may still be stored.")
      .meta({ example: "10s" }),
    request_timeout: duration()
      .prefault("30s")
      .describe("A request must have arrived within this time; 0 = none.")
      .meta({ example: "10s" }),
    include_http_metadata: z
      .boolean()
      .default(true)
      .describe("Adds the headers `iggy_source_instance`, `iggy_http_remote_addr` and `iggy_http_received_at` (µs)."),
    forward_headers: z
      .array(z.string().min(1))
      .default([])
      .describe("Request headers that become message headers, cut at 255 bytes.")
      .meta({ example: ["x-github-event"] }),
    tls: z
      .object({
        cert_file: z.string().min(1).describe("PEM file of the certificate.").meta({ example: "/etc/ssl/server.pem" }),
        key_file: z.string().min(1).describe("PEM file of its key.").meta({ example: "/etc/ssl/server.key" }),
        key_passphrase: secret().optional().describe("Passphrase of the key.").meta({ example: "a-passphrase" }),
        ca_file: z
          .string()
          .min(1)
          .optional()
          .describe("PEM file of authorities: senders must have a certificate of theirs.")
          .meta({ example: "/etc/ssl/senders.pem" }),
      })
      .optional()
      .describe("Serves `https://`."),
    ...contentShape,
    stream: contentShape.stream.describe("`stream` of `/topics/…`."),
    content: contentShape.content.describe("`content` of `/topics/…`, as for an endpoint."),
    split_arrays: contentShape.split_arrays.describe("`split_arrays` of `/topics/…`."),
    id_headers: contentShape.id_headers.describe("`id_headers` of `/topics/…`, as for an endpoint."),
  })
  .refine(({ topic_path, endpoints }) => topic_path !== undefined || endpoints.length > 0, {
    error: "needs topic_path or endpoints: otherwise nothing can be sent",
  })
  .refine(({ buffer_bytes, max_body_size_bytes }) => buffer_bytes >= max_body_size_bytes, {
    error: "must be at least max_body_size_bytes: otherwise such a body could never be taken",
    path: ["buffer_bytes"],
  });

export type HttpSourceConfig = z.infer<typeof httpSourceConfig>;
export type EndpointConfig = z.infer<typeof endpoint>;
