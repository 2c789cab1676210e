import { byteSize, duration, parsePath, path, secret } from "@iggy-connectors/sdk";
import { z } from "zod";

/** S3's limit for one object that is uploaded in one request; the original's limit too. */
const MAX_FILE_SIZE = 5 * 1024 ** 3;
/** The minimum size of all parts but the last. */
const MIN_PART_SIZE = 5 * 1024 ** 2;

const COLUMN_TYPES = [
  "boolean",
  "int32",
  "int64",
  "float",
  "double",
  "decimal",
  "string",
  "binary",
  "date",
  "timestamp",
  "timestamp_nanos",
  "json",
] as const;
/** The most digits that readers of Parquet hold. */
const MAX_PRECISION = 38;

const column = z.object({
  name: z.string().min(1).describe("Name of the column.").meta({ example: "mail" }),
  path: path("Where a message has the value. Absent: the top-level field with the name of the column", "user.mail")
    .optional()
    .meta({ example: "user.mail" }),
  type: z
    .enum(COLUMN_TYPES)
    .describe(
      "Type of the column. `int32`, `int64`: whole numbers, also as text. `float`, `double`: numbers, and the texts `NaN`, `Infinity`, `-Infinity`. `decimal`: numbers and their texts, exactly. `binary`: base64, or an array of bytes. `date`, `timestamp`, `timestamp_nanos`: RFC 3339 (a date or a time without zone is one of UTC), or integer days, microseconds, nanoseconds. `json`: any value, as JSON text. A message with a value that the column cannot hold is rejected.",
    )
    .meta({ example: "string" }),
  precision: z
    .int()
    .min(1)
    .max(MAX_PRECISION)
    .default(MAX_PRECISION)
    .describe("With `decimal`: maximum number of digits.")
    .meta({ example: 18 }),
  scale: z
    .int()
    .min(0)
    .max(MAX_PRECISION)
    .default(0)
    .describe("With `decimal`: number of digits behind the point. A message with more of them is rejected.")
    .meta({ example: 2 }),
  required: z.boolean().default(false).describe("A message without the value is rejected."),
});

export const s3SinkConfig = z
  .object({
    bucket: z.string().min(1).describe("The bucket, which must exist.").meta({ example: "archive" }),
    region: z
      .string()
      .min(1)
      .describe("Region of the bucket; any name if `endpoint` is set.")
      .meta({ example: "eu-central-1" }),
    prefix: z.string().optional().describe("Prefix of all object names.").meta({ example: "iggy" }),
    endpoint: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe("URL of an S3-compatible store. Absent: Amazon S3.")
      .meta({ example: "http://localhost:9000" }),
    path_style: z
      .boolean()
      .optional()
      .describe("Puts the bucket into the path instead of the host name. Absent: true if `endpoint` is set."),
    access_key_id: secret()
      .optional()
      .describe(
        "Static credentials. Absent: the default chain of AWS tools (environment, shared files, web identity, container, instance).",
      )
      .meta({ example: "AKIAIOSFODNN7EXAMPLE" }),
    secret_access_key: secret().optional().describe("Secret of `access_key_id`."),
    session_token: secret().optional().describe("Session token of temporary credentials."),
    profile: z
      .string()
      .min(1)
      .optional()
      .describe("Profile of the shared AWS files, used without static credentials.")
      .meta({ example: "archive-writer" }),
    path_template: z
      .string()
      .min(1)
      .default("{stream}/{topic}/{date}/{hour}")
      .describe(
        "Folder of an object, rendered for its first message: `{stream}`, `{topic}`, `{partition}`, `{date}`, `{hour}`, `{timestamp}` (milliseconds; all in UTC), `{year}`, `{month}`, `{day}`. A message of another date or hour starts a new object. A sink that reads several topics requires `{stream}` and `{topic}` where they differ.",
      )
      .meta({ example: "topic={topic}/date={date}" }),
    file_rotation: z
      .enum(["size", "messages", "size_or_messages"])
      .default("size")
      .describe("What completes an object, besides a flush.")
      .meta({ example: "messages" }),
    max_file_size: byteSize()
      .prefault("8MiB")
      .refine((size) => size > 0 && size <= MAX_FILE_SIZE, { error: "must be above 0 and at most 5 GiB" })
      .describe("With `size`: size before compression at which an object is complete.")
      .meta({ example: "64MiB" }),
    max_messages_per_file: z
      .int()
      .min(1)
      .optional()
      .describe("With `messages`: number of messages at which an object is complete.")
      .meta({ example: 10_000 }),
    output_format: z
      .enum(["json_lines", "jsonl", "jsonlines", "json_array", "raw", "text", "parquet"])
      .transform((format) => (format === "jsonl" || format === "jsonlines" ? "json_lines" : format))
      .prefault("json_lines")
      .describe(
        "`json_lines` (also `jsonl`, `jsonlines`), `json_array`: records with metadata. `raw`: the bytes of the payloads. `text`: one payload per line. `parquet`: rows.",
      )
      .meta({ example: "parquet" }),
    compression: z
      .enum(["none", "gzip", "zstd", "snappy"])
      .optional()
      .describe(
        "Compression of the object, or of the pages of Parquet. Absent: `snappy` for `parquet` (the only format that has it), else `none`.",
      )
      .meta({ example: "zstd" }),
    include_metadata: z
      .boolean()
      .default(true)
      .describe("Adds offset, timestamp, stream, topic and partition to records and rows."),
    include_headers: z.boolean().default(false).describe("Adds the message's headers to records and rows."),
    envelope: z
      .boolean()
      .default(true)
      .describe("`false`: JSON formats contain the payloads only, without a record around them."),
    raw_framing: z
      .enum(["none", "length_prefix"])
      .default("none")
      .describe("`length_prefix`: each payload in a `raw` object is preceded by its length, four bytes big-endian.")
      .meta({ example: "length_prefix" }),
    columns: z
      .array(column)
      .default([])
      .describe("Columns of `parquet`, filled from the fields of JSON messages. Empty: one column `payload`."),
    delivery: z
      .enum(["auto", "exactly_once", "at_least_once"])
      .default("auto")
      .describe(
        "`auto`: exactly once if the store supports conditional writes. `exactly_once`: fails if it does not. `at_least_once`: object names as the original's, without conditional writes.",
      )
      .meta({ example: "exactly_once" }),
    max_attempts: z
      .int()
      .min(1)
      .optional()
      .describe("Attempts per request, before the runtime's own retry takes over. Absent: 3.")
      .meta({ example: 5 }),
    max_retries: z.int().min(1).optional().describe("The original's other name for `max_attempts`."),
    retry_delay: duration()
      .prefault("1s")
      .describe("Delay before the second attempt; doubled for each further one, up to a minute, ±20 %.")
      .meta({ example: "200ms" }),
    request_timeout: duration()
      .prefault("30s")
      .describe("How long a request may make no progress; 0 = no limit.")
      .meta({ example: "10s" }),
    part_size: byteSize()
      .prefault("16MiB")
      .refine((size) => size >= MIN_PART_SIZE, { error: "must be at least 5MiB" })
      .describe("Objects larger than this are uploaded in parts of this size.")
      .meta({ example: "32MiB" }),
    parallel_uploads: z
      .int()
      .min(1)
      .max(64)
      .default(4)
      .describe("Maximum number of concurrent uploads per task, over all partitions."),
    server_side_encryption: z
      .enum(["AES256", "aws:kms", "aws:kms:dsse"])
      .optional()
      .describe("Encryption at rest. Absent: the bucket's default.")
      .meta({ example: "aws:kms" }),
    kms_key_id: z.string().min(1).optional().describe("Key for `aws:kms`. Absent: the account's default key."),
    storage_class: z
      .string()
      .min(1)
      .optional()
      .describe("Storage class of the objects.")
      .meta({ example: "STANDARD_IA" }),
    acl: z.string().min(1).optional().describe("Canned access list.").meta({ example: "bucket-owner-full-control" }),
    tags: z
      .record(z.string(), z.string())
      .default({})
      .describe("Tags of the objects.")
      .meta({ example: { team: "data" } }),
  })
  .superRefine((config, context) => {
    const refuse = (key: string, message: string): void =>
      void context.addIssue({ code: "custom", path: [key], message });
    if ((config.access_key_id === undefined) !== (config.secret_access_key === undefined))
      refuse("access_key_id", "access_key_id and secret_access_key must be set together: both or neither");
    if (config.session_token !== undefined && config.access_key_id === undefined)
      refuse("session_token", "requires access_key_id and secret_access_key");
    if (config.file_rotation !== "size" && config.max_messages_per_file === undefined)
      refuse("max_messages_per_file", `is required with file_rotation = "${config.file_rotation}"`);
    if (config.compression === "snappy" && config.output_format !== "parquet")
      refuse("compression", '"snappy" requires output_format = "parquet"; use "zstd" instead');
    if (config.columns.length > 0 && config.output_format !== "parquet")
      refuse("columns", 'require output_format = "parquet"');
    for (const [index, { path: text, precision, scale }] of config.columns.entries()) {
      // One cell cannot hold every element, and the first alone would hide the others.
      if (text !== undefined && parsePath(text).segments.some((segment) => typeof segment === "symbol"))
        refuse(
          `columns[${index}].path`,
          '"[*]" stands for several values: name one element, or the array with type = "json"',
        );
      if (scale > precision) refuse(`columns[${index}].scale`, "must not be larger than precision");
    }
    const names = columnNames(config);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) refuse("columns", `two columns are called "${twice}"`);
  })
  .transform(({ max_retries, max_attempts, ...config }) => ({
    ...config,
    max_attempts: max_attempts ?? max_retries ?? 3,
  }));

export type S3SinkConfig = z.output<typeof s3SinkConfig>;
export type Column = z.output<typeof column>;

/** Columns that metadata and headers take, when they are asked for. */
const METADATA_COLUMNS = ["offset", "timestamp", "stream", "topic", "partition_id"] as const;

function columnNames(config: {
  readonly include_metadata: boolean;
  readonly include_headers: boolean;
  readonly columns: readonly { readonly name: string }[];
}): string[] {
  return [
    ...(config.include_metadata ? METADATA_COLUMNS : []),
    ...(config.include_headers ? ["headers"] : []),
    ...config.columns.map(({ name }) => name),
  ];
}
