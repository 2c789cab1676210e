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
      .describe("URL of a node, or of what stands before the nodes.")
      .meta({ example: "http://localhost:9200" }),
    urls: z
      .array(z.string().min(1))
      .default([])
      .describe("More nodes of the same cluster: requests go to them in turn, past those that do not answer.")
      .meta({ example: ["http://node-2:9200"] }),
    index: z
      .string()
      .min(1)
      .describe(
        `Index, alias or data stream that documents go to. It may hold ${PLACEHOLDERS}; times are the broker's, in UTC, values are written in lower case.`,
      )
      .meta({ example: "orders-{year}.{month}.{day}" }),
    document_id: z
      .string()
      .default("{stream}:{topic}:{partition}:{offset}")
      .describe(
        "Id of a document, with the same placeholders. The default is the place in Iggy: what comes again replaces itself. An empty text lets the server make ids: what comes again is there twice. Ids beyond 512 bytes become their SHA-256.",
      )
      .meta({ example: "{payload.order.id}" }),
    routing: z
      .string()
      .min(1)
      .optional()
      .describe("Routing of a document, with the same placeholders.")
      .meta({ example: "{payload.customer}" }),
    op_type: z
      .enum(["index", "create"])
      .optional()
      .describe(
        "`index` replaces a document of the same id, `create` leaves it as it is. Absent: `index`, with `data_stream` `create`.",
      )
      .meta({ example: "create" }),
    version: z
      .enum(["none", "offset"])
      .default("none")
      .describe(
        "`offset`: a document replaces another of its id only if its offset is higher (external versioning). Keep all messages of one id in one partition.",
      )
      .meta({ example: "offset" }),
    data_stream: z
      .boolean()
      .default(false)
      .describe("`index` names data streams: documents get `@timestamp` (the broker's time) unless they have it."),
    pipeline: z.string().min(1).optional().describe("Ingest pipeline of every document.").meta({ example: "enrich" }),
    refresh: z
      .enum(["false", "true", "wait_for"])
      .default("false")
      .describe(
        "When documents are visible to searches: `false` later, by the index's interval; `true` at once, which is costly; `wait_for` waits for the interval.",
      )
      .meta({ example: "wait_for" }),
    create_index_if_not_exists: z
      .boolean()
      .default(true)
      .describe("Creates an index or data stream before its first document. `false` leaves that to the cluster."),
    index_mapping: z
      .record(z.string(), z.unknown())
      .optional()
      .describe("The body with which it is created: `settings`, `mappings`, `aliases`.")
      .meta({ example: { mappings: { properties: { at: { type: "date" } } } } }),
    include_metadata: z
      .boolean()
      .default(true)
      .describe("Adds offset, stream, topic, partition and time to documents."),
    metadata_prefix: z
      .string()
      .min(1)
      .default("_iggy_")
      .describe("What the names of those fields begin with.")
      .meta({ example: "iggy." }),
    timestamp_format: z
      .enum(["epoch_millis", "iso8601"])
      .default("epoch_millis")
      .describe("How the time of a message is written.")
      .meta({ example: "iso8601" }),
    include_headers: z.boolean().default(false).describe("Adds the message's headers, typed, as an object."),
    batch_size: z
      .int()
      .min(1)
      .max(100_000)
      .default(1000)
      .describe("Most documents of one request.")
      .meta({ example: 500 }),
    max_request_bytes: byteSize()
      .prefault("8MiB")
      .refine((bytes) => bytes >= MIN_REQUEST_BYTES, { error: `must be at least ${MIN_REQUEST_BYTES} bytes` })
      .describe("Most bytes of one request before compression; halved when the server answers 413.")
      .meta({ example: "4MiB" }),
    max_in_flight_requests: z
      .int()
      .min(1)
      .max(64)
      .default(4)
      .describe(
        "Requests of one batch at once. One at a time, whatever is set, where the order of documents with equal ids matters.",
      )
      .meta({ example: 8 }),
    username: z.string().min(1).optional().describe("User name; needs `password`.").meta({ example: "elastic" }),
    password: secret().optional().describe("Password.").meta({ example: "a-password" }),
    api_key: secret()
      .min(1)
      .optional()
      .describe("Encoded API key, sent as `Authorization: ApiKey …`.")
      .meta({ example: "a-key" }),
    timeout_seconds: z.int().min(1).max(86_400).default(30).describe("For one attempt of a request.").meta({
      unit: "seconds",
    }),
    timeout: duration().optional().describe("The same as a duration; wins.").meta({ example: "90s" }),
    compression: z
      .enum(["none", "gzip"])
      .default("none")
      .describe("Compresses request bodies from 1 KiB on. Answers may come compressed in any case.")
      .meta({ example: "gzip" }),
    ...client,
    ...httpRetryShape,
    verbose_logging: z.boolean().default(false).describe("Logs each batch at info instead of debug."),
  })
  .refine(({ username, password }) => (username === undefined) === (password === undefined), {
    error: "needs username and password, or neither",
    path: ["username"],
  })
  .refine(
    ({ username, api_key, auth }) => [username, api_key, auth].filter((value) => value !== undefined).length <= 1,
    { error: "only one of username, api_key and auth can be used", path: ["auth"] },
  )
  .refine(({ data_stream, op_type }) => !data_stream || op_type !== "index", {
    error: "a data stream takes op_type create only: leave op_type out",
    path: ["op_type"],
  })
  .refine(
    ({ version, document_id, op_type, data_stream }) => {
      return version === "none" || (document_id !== "" && op_type !== "create" && !data_stream);
    },
    { error: "offset needs op_type index and a document_id", path: ["version"] },
  );

export type ElasticsearchSinkConfig = z.infer<typeof elasticsearchSinkConfig>;
