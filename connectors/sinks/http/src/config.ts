import { httpClientShape, httpRetryShape, httpStatusShape, statusPattern } from "@iggy-connectors/http";
import { byteSize, path } from "@iggy-connectors/sdk";
import { z } from "zod";

const method = z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]);

const partialFailures = z
  .object({
    items: path("The list in the answer, one item per message or per failure", "items"),
    index: path(
      "In an item: the number of its message in the request, from 0. Absent: items stand in the messages' order",
      "index",
    ).optional(),
    status: path("In an item: its status, which means what an answer's status means", "status").optional(),
    error: path(
      "In an item: the reason; an item that has one, other than null, false and empty, has failed",
      "error.reason",
    ).optional(),
  })
  .refine(({ status, error }) => status !== undefined || error !== undefined, {
    error: "needs status or error, to know which items have failed",
  });

export const httpSinkConfig = z.object({
  url: z
    .string()
    .min(1)
    .describe(
      "Where messages are sent. Behind the host it may hold `{stream}`, `{topic}`, `{partition}`, `{offset}`, `{id}`, `{timestamp}`, `{header.NAME}` and `{payload.PATH}`. It is shown to operators: credentials belong in `auth`.",
    )
    .meta({ example: "https://api.example/in/{topic}" }),
  method: method.default("POST").describe("Method of the requests.").meta({ example: "PUT" }),
  batch_mode: z
    .enum(["individual", "ndjson", "json_array", "raw"])
    .default("individual")
    .describe(
      "`individual`: one request per message. `ndjson`: many messages per request, one per line. `json_array`: many as one array. `raw`: one request per message with the payload's bytes.",
    )
    .meta({ example: "ndjson" }),
  content_type: z
    .string()
    .min(1)
    .optional()
    .describe("Content type of the requests. Absent: what the batch mode is.")
    .meta({ example: "application/cloudevents+json" }),
  include_metadata: z
    .boolean()
    .default(true)
    .describe("Wraps each payload as `{ metadata, payload }`; `raw` ignores it."),
  include_checksum: z.boolean().default(false).describe("Adds `iggy_checksum` to the metadata."),
  include_origin_timestamp: z.boolean().default(false).describe("Adds `iggy_origin_timestamp` to the metadata."),
  max_payload_size_bytes: byteSize()
    .prefault(10_485_760)
    .describe(
      "Largest body of a request; batches beyond it are split, a single message beyond it is rejected; 0 = no limit.",
    )
    .meta({ example: "1MiB" }),
  max_batch_messages: z
    .int()
    .min(0)
    .default(0)
    .describe("Most messages of one request in `ndjson` and `json_array`; 0 = the whole polled batch.")
    .meta({ example: 500 }),
  max_in_flight_requests: z
    .int()
    .min(1)
    .max(256)
    .default(1)
    .describe("Requests of one batch at once. Above 1 the messages of a partition may arrive out of order.")
    .meta({ example: 8 }),
  idempotency: z
    .enum(["offset", "message_id", "none"])
    .default("offset")
    .describe(
      "What the idempotency key is made of: the place in Iggy, or the message's id (one message per request only).",
    )
    .meta({ example: "message_id" }),
  idempotency_header: z.string().min(1).default("Idempotency-Key").describe("Header that carries the key."),
  success_status_codes: z
    .array(statusPattern)
    .min(1)
    .default([200, 201, 202, 204])
    .describe("Statuses that mean the messages were taken; a class is written `2xx`.")
    .meta({ example: ["2xx"] }),
  split_rejected: z
    .boolean()
    .default(true)
    .describe(
      "A request of many messages that is refused is halved until the refused messages are alone. `false` rejects them all.",
    ),
  partial_failures: partialFailures
    .optional()
    .describe("How an answer tells which messages of a request failed. Absent: a success means all."),
  health_check_enabled: z
    .boolean()
    .default(false)
    .describe("Sends a request to `url` at the start, which must succeed."),
  health_check_method: method.default("HEAD").describe("Method of that request.").meta({ example: "GET" }),
  ...httpClientShape,
  headers: httpClientShape.headers.describe(
    "Headers of every request; values may hold the same placeholders as `url`. `Content-Type` is set by `content_type`.",
  ),
  ...httpRetryShape,
  ...httpStatusShape,
  tls_danger_accept_invalid_certs: z.boolean().default(false).describe("The original's name of `tls.skip_verify`."),
  verbose_logging: z.boolean().default(false).describe("Logs each batch at info instead of debug."),
});

export type HttpSinkConfig = z.infer<typeof httpSinkConfig>;
