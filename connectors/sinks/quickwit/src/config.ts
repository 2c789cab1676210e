import { httpClientShape } from "@iggy-connectors/http";
import { byteSize, duration, secret } from "@iggy-connectors/sdk";
import { z } from "zod";

const MIN_REQUEST_BYTES = 1024;
/** Of the options that all HTTP connectors share: `gzip` is what Quickwit's ingestion takes. */
const { compression: _, ...connection } = httpClientShape;

export const quickwitSinkConfig = z.object({
  url: z.string().min(1).describe("Base URL of Quickwit's REST API.").meta({ example: "http://localhost:7280" }),
  index: z
    .string()
    .min(1)
    .describe(
      "The complete index configuration as YAML text, with `index_id`; the index is created when it does not exist.",
    )
    .meta({ example: "version: 0.9\nindex_id: events\ndoc_mapping:\n  mode: dynamic\n" }),
  commit: z
    .enum(["auto", "wait_for", "force"])
    .default("auto")
    .describe(
      "When documents become searchable: `auto` later by the index's commit timeout, `wait_for` waits for that, `force` commits with every request, which is costly.",
    )
    .meta({ example: "wait_for" }),
  ...connection,
  timeout: connection.timeout.describe("For one request, with the wait for a commit.").meta({ example: "2m" }),
  max_retries: z
    .int()
    .min(0)
    .default(3)
    .describe("Attempts of one request in total, before the runtime's own retry takes over.")
    .meta({ unit: "attempts" }),
  retry_delay: duration()
    .prefault("500ms")
    .describe("Delay before the second attempt; it doubles from there, with jitter.")
    .meta({ example: "1s" }),
  retry_max_delay: duration()
    .prefault("5s")
    .describe("The longest delay between two attempts.")
    .meta({ example: "30s" }),
  max_open_retries: z
    .int()
    .min(0)
    .default(5)
    .describe("Attempts to reach Quickwit at the start, in total, before the start counts as failed and is repeated.")
    .meta({ unit: "attempts" }),
  open_retry_max_delay: duration()
    .prefault("10s")
    .describe("The longest delay between two of those attempts.")
    .meta({ example: "30s" }),
  max_request_bytes: byteSize()
    .prefault("8MiB")
    .refine((bytes) => bytes >= MIN_REQUEST_BYTES, { error: `must be at least ${MIN_REQUEST_BYTES} bytes` })
    .describe("Larger batches are sent in several requests. Quickwit's own limit is 10 MB unless changed there.")
    .meta({ example: "4MiB" }),
  token: secret()
    .optional()
    .describe("Bearer token, for a Quickwit behind a proxy that asks for one; short for `auth`.")
    .meta({ example: "a-token" }),
  gzip: z.boolean().default(false).describe("Compresses request bodies.").meta({ example: true }),
  verbose_logging: z
    .boolean()
    .default(false)
    .describe("Logs each batch at info instead of debug.")
    .meta({ example: true }),
});

export type QuickwitSinkConfig = z.infer<typeof quickwitSinkConfig>;
