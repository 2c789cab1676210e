import { httpClientShape } from "@iggy-connectors/http";
import { byteSize, duration, secret } from "@iggy-connectors/sdk";
import { z } from "zod";

const MIN_REQUEST_BYTES = 1024;
/** Of the options that all HTTP connectors share: Quickwit's ingestion accepts `gzip` only. */
const { compression: _, ...connection } = httpClientShape;

export const quickwitSinkConfig = z.object({
  url: z.string().min(1).describe("Base URL of Quickwit's REST API.").meta({ example: "http://localhost:7280" }),
  index: z
    .string()
    .min(1)
    .describe("Complete index configuration as YAML, with `index_id`. The index is created if it does not exist.")
    .meta({ example: "version: 0.9\nindex_id: events\ndoc_mapping:\n  mode: dynamic\n" }),
  commit: z
    .enum(["auto", "wait_for", "force"])
    .default("auto")
    .describe(
      "When documents become searchable. `auto`: after the commit timeout of the index. `wait_for`: the request waits for that. `force`: every request commits, which is expensive.",
    )
    .meta({ example: "wait_for" }),
  ...connection,
  timeout: connection.timeout
    .describe("Timeout of one request, including the wait for a commit.")
    .meta({ example: "2m" }),
  max_retries: z
    .int()
    .min(0)
    .default(3)
    .describe("Attempts of one request in total, before the runtime's own retry takes over.")
    .meta({ unit: "attempts" }),
  retry_delay: duration()
    .prefault("500ms")
    .describe("Delay before the second attempt; doubled for each further one, with jitter.")
    .meta({ example: "1s" }),
  retry_max_delay: duration().prefault("5s").describe("Maximum delay between two attempts.").meta({ example: "30s" }),
  max_open_retries: z
    .int()
    .min(0)
    .default(5)
    .describe("Attempts to reach Quickwit at startup, in total, before the start fails and is retried by the runtime.")
    .meta({ unit: "attempts" }),
  open_retry_max_delay: duration()
    .prefault("10s")
    .describe("Maximum delay between these attempts.")
    .meta({ example: "30s" }),
  max_request_bytes: byteSize()
    .prefault("8MiB")
    .refine((bytes) => bytes >= MIN_REQUEST_BYTES, { error: `must be at least ${MIN_REQUEST_BYTES} bytes` })
    .describe("Larger batches are split into several requests. Quickwit's own limit is 10 MB by default.")
    .meta({ example: "4MiB" }),
  token: secret()
    .optional()
    .describe("Bearer token, for a Quickwit behind an authenticating proxy; short for `auth`.")
    .meta({ example: "a-token" }),
  gzip: z.boolean().default(false).describe("Compresses request bodies.").meta({ example: true }),
  verbose_logging: z
    .boolean()
    .default(false)
    .describe("Logs each batch at level info instead of debug.")
    .meta({ example: true }),
});

export type QuickwitSinkConfig = z.infer<typeof quickwitSinkConfig>;
