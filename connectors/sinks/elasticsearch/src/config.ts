import { httpClientShape, httpRetryShape } from "@iggy-connectors/http";
import { byteSize, duration, secret } from "@iggy-connectors/sdk";
import { z } from "zod";

const PLACEHOLDERS =
  "`{stream}`, `{topic}`, `{partition}`, `{offset}`, `{id}`, `{timestamp}`, `{year}`, `{month}`, `{day}`, `{hour}`, `{header.NAME}` and `{payload.PATH}`";
const MIN_REQUEST_BYTES = 1024;
const { timeout: _, compression: __, ...client } = httpClientShape;

export const elasticsearchSinkConfig = z
  .object({
    url: z
      .string()
      .min(1)
      .describe("URL of a node, or of a load balancer in front of the cluster.")
      .meta({ example: "http://localhost:9200" }),
    urls: z
      .array(z.string().min(1))
      .default([])
      .describe(
        "Additional nodes of the same cluster. Requests are distributed over all nodes; nodes that do not answer are skipped.",
      )
      .meta({ example: ["http://node-2:9200"] }),
    index: z
      .string()
      .min(1)
      .describe(
        `Index, alias or data stream to write to. May contain ${PLACEHOLDERS}. Times are those of the broker, in UTC; values are written in lower case.`,
      )
      .meta({ example: "orders-{year}.{month}.{day}" }),
    document_id: z
      .string()
      .default("{stream}:{topic}:{partition}:{offset}")
      .describe(
        "Id of a document, with the same placeholders. The default is the message's position in Iggy, so that a message that is delivered again replaces its document. With an empty string the server generates ids, and a message that is delivered again is indexed twice. Ids longer than 512 bytes are replaced by their SHA-256.",
      )
      .meta({ example: "{payload.order.id}" }),
    routing: z
      .string()
      .min(1)
      .optional()
      .describe("Routing value of a document, with the same placeholders.")
      .meta({ example: "{payload.customer}" }),
    op_type: z
      .enum(["index", "create"])
      .optional()
      .describe(
        "`index` replaces an existing document with the same id, `create` keeps it. Absent: `index`, or `create` with `data_stream`.",
      )
      .meta({ example: "create" }),
    version: z
      .enum(["none", "offset"])
      .default("none")
      .describe(
        "`offset`: a document replaces another one with the same id only if its offset is higher (external versioning). All messages of one id must be in one partition.",
      )
      .meta({ example: "offset" }),
    data_stream: z
      .boolean()
      .default(false)
      .describe(
        "Whether `index` names a data stream. Documents get `@timestamp` (the broker's time) unless they have one.",
      ),
    pipeline: z.string().min(1).optional().describe("Ingest pipeline for all documents.").meta({ example: "enrich" }),
    refresh: z
      .enum(["false", "true", "wait_for"])
      .default("false")
      .describe(
        "When documents become visible to searches. `false`: with the next refresh of the index. `true`: at once, which is expensive. `wait_for`: the request waits for the next refresh.",
      )
      .meta({ example: "wait_for" }),
    create_index_if_not_exists: z
      .boolean()
      .default(true)
      .describe(
        "Creates a missing index or data stream before the first document is written. `false`: the cluster decides.",
      ),
    index_mapping: z
      .record(z.string(), z.unknown())
      .optional()
      .describe("Request body for creating the index: `settings`, `mappings`, `aliases`.")
      .meta({ example: { mappings: { properties: { at: { type: "date" } } } } }),
    include_metadata: z
      .boolean()
      .default(true)
      .describe("Adds offset, stream, topic, partition and timestamp to documents."),
    metadata_prefix: z
      .string()
      .min(1)
      .default("_iggy_")
      .describe("Prefix of the names of the metadata fields.")
      .meta({ example: "iggy." }),
    timestamp_format: z
      .enum(["epoch_millis", "iso8601"])
      .default("epoch_millis")
      .describe("Format of the timestamp.")
      .meta({ example: "iso8601" }),
    include_headers: z
      .boolean()
      .default(false)
      .describe("Adds the message's headers as an object; values keep their types."),
    batch_size: z
      .int()
      .min(1)
      .max(100_000)
      .default(1000)
      .describe("Maximum number of documents per request.")
      .meta({ example: 500 }),
    max_request_bytes: byteSize()
      .prefault("8MiB")
      .refine((bytes) => bytes >= MIN_REQUEST_BYTES, { error: `must be at least ${MIN_REQUEST_BYTES} bytes` })
      .describe("Maximum size of a request before compression; halved when the server answers 413.")
      .meta({ example: "4MiB" }),
    max_in_flight_requests: z
      .int()
      .min(1)
      .max(64)
      .default(4)
      .describe(
        "Maximum number of concurrent requests for one batch. Always 1 where the order of documents with the same id matters.",
      )
      .meta({ example: 8 }),
    username: z.string().min(1).optional().describe("User name; requires `password`.").meta({ example: "elastic" }),
    password: secret().optional().describe("Password.").meta({ example: "a-password" }),
    api_key: secret()
      .min(1)
      .optional()
      .describe("Encoded API key, sent as `Authorization: ApiKey …`.")
      .meta({ example: "a-key" }),
    timeout_seconds: z.int().min(1).max(86_400).default(30).describe("Timeout of one attempt of a request.").meta({
      unit: "seconds",
    }),
    timeout: duration()
      .optional()
      .describe("The same as a duration; takes precedence over `timeout_seconds`.")
      .meta({ example: "90s" }),
    compression: z
      .enum(["none", "gzip"])
      .default("none")
      .describe("Compression of request bodies of 1 KiB or more. Compressed responses are accepted in any case.")
      .meta({ example: "gzip" }),
    ...client,
    ...httpRetryShape,
    verbose_logging: z.boolean().default(false).describe("Logs each batch at level info instead of debug."),
  })
  .refine(({ username, password }) => (username === undefined) === (password === undefined), {
    error: "username and password must be set together",
    path: ["username"],
  })
  .refine(
    ({ username, api_key, auth }) => [username, api_key, auth].filter((value) => value !== undefined).length <= 1,
    { error: "only one of username, api_key and auth can be used", path: ["auth"] },
  )
  .refine(({ data_stream, op_type }) => !data_stream || op_type !== "index", {
    error: 'a data stream requires op_type "create": leave op_type out',
    path: ["op_type"],
  })
  .refine(
    ({ version, document_id, op_type, data_stream }) => {
      return version === "none" || (document_id !== "" && op_type !== "create" && !data_stream);
    },
    { error: '"offset" requires op_type "index" and a document_id', path: ["version"] },
  );

export type ElasticsearchSinkConfig = z.infer<typeof elasticsearchSinkConfig>;
