import { byteSize, duration, path, secret } from "@iggy-connectors/sdk";
import { z } from "zod";

/** S3's limit for one object that is uploaded in one request; the original's limit too. */
const MAX_FILE_SIZE = 5 * 1024 ** 3;
/** S3 takes no smaller part but the last. */
const MIN_PART_SIZE = 5 * 1024 ** 2;

const column = z.object({
  name: z.string().min(1).describe("Name of the column.").meta({ example: "mail" }),
  path: path("Where the value stands in the message; absent: a top-level field of the column's name", "user.mail")
    .optional()
    .meta({ example: "user.mail" }),
  type: z
    .enum(["boolean", "int32", "int64", "float", "double", "string", "timestamp", "json"])
    .describe(
      "Type of the column. `timestamp`: an RFC 3339 text or whole microseconds. `json`: any value, as JSON text. A value of another type rejects its message.",
    )
    .meta({ example: "string" }),
  required: z.boolean().default(false).describe("A message without the value is rejected."),
});

export const s3SinkConfig = z
  .object({
    bucket: z.string().min(1).describe("The bucket; it must exist.").meta({ example: "archive" }),
    region: z
      .string()
      .min(1)
      .describe("Its region; any name where `endpoint` is set.")
      .meta({ example: "eu-central-1" }),
    prefix: z.string().optional().describe("Begin of all object names.").meta({ example: "iggy" }),
    endpoint: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe("An S3-compatible store. Absent: Amazon S3.")
      .meta({ example: "http://localhost:9000" }),
    path_style: z
      .boolean()
      .optional()
      .describe("Bucket in the path instead of the host name. Absent: where `endpoint` is set."),
    access_key_id: secret()
      .optional()
      .describe(
        "Static credentials. Absent: environment, shared files, web identity, container, instance, as every AWS tool.",
      )
      .meta({ example: "AKIAIOSFODNN7EXAMPLE" }),
    secret_access_key: secret().optional().describe("Belongs to `access_key_id`."),
    session_token: secret().optional().describe("Belongs to temporary static credentials."),
    profile: z
      .string()
      .min(1)
      .optional()
      .describe("A profile of the shared AWS files, where no static credentials are given.")
      .meta({ example: "archive-writer" }),
    path_template: z
      .string()
      .min(1)
      .default("{stream}/{topic}/{date}/{hour}")
      .describe(
        "Folder of an object, from its first message: `{stream}`, `{topic}`, `{partition}`, `{date}`, `{hour}`, `{timestamp}` (milliseconds; all in UTC), `{year}`, `{month}`, `{day}`. A message for another date or hour begins a new object.",
      )
      .meta({ example: "topic={topic}/date={date}" }),
    file_rotation: z
      .enum(["size", "messages", "size_or_messages"])
      .default("size")
      .describe("What makes an object full, besides a flush.")
      .meta({ example: "messages" }),
    max_file_size: byteSize()
      .prefault("8MiB")
      .refine((size) => size > 0 && size <= MAX_FILE_SIZE, { error: "must be above 0 and at most 5 GiB" })
      .describe("With `size`: an object that has so many bytes, before compression, is full.")
      .meta({ example: "64MiB" }),
    max_messages_per_file: z
      .int()
      .min(1)
      .optional()
      .describe("With `messages`: so many messages make an object full.")
      .meta({ example: 10_000 }),
    output_format: z
      .enum(["json_lines", "jsonl", "jsonlines", "json_array", "raw", "text", "parquet"])
      .transform((format) => (format === "jsonl" || format === "jsonlines" ? "json_lines" : format))
      .prefault("json_lines")
      .describe(
        "`json_lines` (three spellings), `json_array`: records with metadata. `raw`: the payloads' bytes. `text`: each payload on a line. `parquet`: rows.",
      )
      .meta({ example: "parquet" }),
    compression: z
      .enum(["none", "gzip", "zstd", "snappy"])
      .optional()
      .describe(
        "Of the whole object, or of Parquet's pages. Absent: `snappy` for `parquet` (which alone has it), else `none`.",
      )
      .meta({ example: "zstd" }),
    include_metadata: z
      .boolean()
      .default(true)
      .describe("Records and rows carry offset, timestamp, stream, topic and partition."),
    include_headers: z.boolean().default(false).describe("Records and rows carry the message's headers."),
    envelope: z
      .boolean()
      .default(true)
      .describe("`false`: JSON formats hold the payloads alone, without a record around them."),
    raw_framing: z
      .enum(["none", "length_prefix"])
      .default("none")
      .describe("`length_prefix`: in `raw` objects four bytes, big-endian, say how long each payload is.")
      .meta({ example: "length_prefix" }),
    columns: z
      .array(column)
      .default([])
      .describe("Columns of `parquet` from the fields of JSON messages. Empty: one column `payload`."),
    delivery: z
      .enum(["auto", "exactly_once", "at_least_once"])
      .default("auto")
      .describe(
        "`auto`: exactly once where the store honours conditional writes. `exactly_once`: fail where it does not. `at_least_once`: the original's object names, no conditions.",
      )
      .meta({ example: "exactly_once" }),
    max_attempts: z
      .int()
      .min(1)
      .optional()
      .describe("Attempts of a request, 3 unless set, before the runtime's own retry takes over.")
      .meta({ example: 5 }),
    max_retries: z.int().min(1).optional().describe("The original's other name of `max_attempts`."),
    retry_delay: duration()
      .prefault("1s")
      .describe("Delay before the second attempt, doubled for each further one up to a minute, ±20 %.")
      .meta({ example: "200ms" }),
    request_timeout: duration()
      .prefault("30s")
      .describe("How long one request may stand still; 0 = for ever.")
      .meta({ example: "10s" }),
    part_size: byteSize()
      .prefault("16MiB")
      .refine((size) => size >= MIN_PART_SIZE, { error: "must be at least 5MiB" })
      .describe("Larger objects are uploaded in parts of this size.")
      .meta({ example: "32MiB" }),
    parallel_uploads: z.int().min(1).max(64).default(4).describe("Requests at once, over all partitions of a task."),
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
      refuse("access_key_id", "access_key_id and secret_access_key belong together: set both or neither");
    if (config.session_token !== undefined && config.access_key_id === undefined)
      refuse("session_token", "needs access_key_id and secret_access_key");
    if (config.file_rotation !== "size" && config.max_messages_per_file === undefined)
      refuse("max_messages_per_file", `is required with file_rotation = "${config.file_rotation}"`);
    if (config.compression === "snappy" && config.output_format !== "parquet")
      refuse("compression", '"snappy" is for output_format = "parquet"; use "zstd"');
    if (config.columns.length > 0 && config.output_format !== "parquet")
      refuse("columns", 'are for output_format = "parquet"');
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
