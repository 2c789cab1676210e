import { httpClientShape, httpRetryShape, httpStatusShape, statusPattern } from "@iggy-connectors/http";
import { byteSize, path } from "@iggy-connectors/sdk";
import { z } from "zod";

const method = z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]);

const partialFailures = z
  .object({
    items: path("The list in the response, with one item per message or per failure", "items"),
    index: path(
      "In an item: the index of its message in the request, from 0. Absent: items are in the order of the messages",
      "index",
    ).optional(),
    status: path("In an item: its status, with the meaning of a response status", "status").optional(),
    error: path(
      "In an item: the reason of the failure; an item without one (missing, null, false or empty) has succeeded",
      "error.reason",
    ).optional(),
  })
  .refine(({ status, error }) => status !== undefined || error !== undefined, {
    error: "requires status or error, to know which items have failed",
  });

export const httpSinkConfig = z.object({
  url: z
    .string()
    .min(1)
    .describe(
      "URL to send messages to. Its path and query may contain `{stream}`, `{topic}`, `{partition}`, `{offset}`, `{id}`, `{timestamp}`, `{header.NAME}` and `{payload.PATH}`. It is shown to operators, so credentials belong in `auth`.",
    )
    .meta({ example: "https://api.example/in/{topic}" }),
  method: method.default("POST").describe("HTTP method of the requests.").meta({ example: "PUT" }),
  batch_mode: z
    .enum(["individual", "ndjson", "json_array", "raw"])
    .default("individual")
    .describe(
      "`individual`: one request per message. `ndjson`: many messages per request, one per line. `json_array`: many messages per request, as an array. `raw`: one request per message, with the payload as it is.",
    )
    .meta({ example: "ndjson" }),
  content_type: z
    .string()
    .min(1)
    .optional()
    .describe("Content type of the requests. Absent: the default of the batch mode.")
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
      "Maximum size of a request body. Larger batches are split, a larger single message is rejected; 0 = no limit.",
    )
    .meta({ example: "1MiB" }),
  max_batch_messages: z
    .int()
    .min(0)
    .default(0)
    .describe("Maximum number of messages per request with `ndjson` and `json_array`; 0 = the whole batch.")
    .meta({ example: 500 }),
  max_in_flight_requests: z
    .int()
    .min(1)
    .max(256)
    .default(1)
    .describe(
      "Maximum number of concurrent requests for one batch. Above 1, messages of a partition may arrive out of order.",
    )
    .meta({ example: 8 }),
  idempotency: z
    .enum(["offset", "message_id", "none"])
    .default("offset")
    .describe(
      "What the idempotency key consists of: the position in Iggy, or the message's id (only with one message per request).",
    )
    .meta({ example: "message_id" }),
  idempotency_header: z.string().min(1).default("Idempotency-Key").describe("Header of the idempotency key."),
  success_status_codes: z
    .array(statusPattern)
    .min(1)
    .default(["2xx"])
    .describe(
      "Statuses that mean success; a class is written `2xx`. A list of your own is complete: another status of the class 2xx stops the connector.",
    )
    .meta({ example: [200, 202] }),
  split_rejected: z
    .boolean()
    .default(true)
    .describe(
      "A rejected request of several messages is halved until the messages that cause it are alone. `false`: all its messages are rejected.",
    ),
  partial_failures: partialFailures
    .optional()
    .describe("How a successful response tells which messages of the request failed. Absent: none did."),
  health_check_enabled: z.boolean().default(false).describe("Sends a request to `url` at startup, which must succeed."),
  health_check_method: method.default("HEAD").describe("HTTP method of the health check.").meta({ example: "GET" }),
  ...httpClientShape,
  headers: httpClientShape.headers.describe(
    "Headers sent with every request; values may contain the same placeholders as `url`. `Content-Type` is set by `content_type`.",
  ),
  header_encoding: z
    .enum(["latin1", "percent", "rfc8187"])
    .default("latin1")
    .describe(
      "How values of placeholders are written into headers. `latin1`: as they are; a message with another character is rejected. `percent`: characters beyond ASCII, and `%`, are percent-encoded. `rfc8187`: each as `UTF-8''…`, for parameters such as `filename*=`.",
    )
    .meta({ example: "percent" }),
  ...httpRetryShape,
  ...httpStatusShape,
  tls_danger_accept_invalid_certs: z.boolean().default(false).describe("The original's name for `tls.skip_verify`."),
  verbose_logging: z.boolean().default(false).describe("Logs each batch at level info instead of debug."),
});

export type HttpSinkConfig = z.infer<typeof httpSinkConfig>;
