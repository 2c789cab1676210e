import { codecKeys } from "@iggy-connectors/codecs";
import { byteSize, duration } from "@iggy-connectors/sdk";
import { z } from "zod";
import { schemaTree } from "../schema/zod-tree.ts";
import { INITIAL_OFFSET_HELP, parseInitialOffset } from "./initial-offset.ts";

const time = (value: string, meaning: string) => duration().prefault(value).describe(meaning);
const size = (value: string, meaning: string) => byteSize().prefault(value).describe(meaning);
const count = (value: number, meaning: string) => z.int().min(0).default(value).describe(meaning);
const positive = (value: number, meaning: string) => z.int().min(1).max(0xffff_ffff).default(value).describe(meaning);
const table = <Shape extends z.core.$ZodLooseShape>(shape: Shape) => z.object(shape).prefault({} as never);
const name = (meaning: string, example: string) => z.string().min(1).describe(meaning).meta({ example });

/** Other spellings that the original's transforms and SDK accept, too. */
const SCHEMA_ALIASES: ReadonlyMap<unknown, string> = new Map([
  ["flatbuffer", "flat_buffer"],
  ["protobuf", "proto"],
]);
const SCHEMAS = ["json", "raw", "text", "proto", "flat_buffer", "avro"] as const;
const schemaName = z
  .preprocess((value) => SCHEMA_ALIASES.get(value) ?? value, z.enum(SCHEMAS))
  .describe("format of the messages")
  .meta({ type: "string", enum: [...SCHEMAS, ...SCHEMA_ALIASES.keys()] as string[], example: "json" });

const initialOffset = z.union([z.string(), z.int()]).transform((value, context) => {
  const offset = parseInitialOffset(value);
  if (offset !== undefined) return offset;
  context.issues.push({
    code: "custom",
    input: value,
    message: `${JSON.stringify(value)} is no place to begin: ${INITIAL_OFFSET_HELP}`,
  });
  return z.NEVER;
});

const streamShape = {
  stream: name("stream", "my_stream"),
  schema: schemaName,
  batch_length: positive(1000, "messages per request"),
  partitions: positive(1, "partitions of a topic that is created"),
  ...codecKeys,
};

const sinkStreamShape = z.object({
  ...streamShape,
  topics: z
    .array(z.string().min(1))
    .default([])
    .describe("topics to consume")
    .meta({ example: ["my_topic"] }),
  topics_pattern: z
    .string()
    .min(1)
    .optional()
    .describe("RE2 pattern: topics of the stream whose whole name matches are consumed beside topics")
    .meta({ example: "orders_.*" }),
  topics_refresh: time("30s", "how often the pattern is looked up"),
  poll_interval: time("5ms", "least spacing between two polls that bring nothing"),
  consumer_group: z.string().min(1).optional().describe("consumer group; default iggy-connect-sink-{key}"),
  create: z.boolean().default(false).describe("create a missing stream or topic"),
  validate: z.boolean().default(true).describe("json: check that a payload is JSON even where nobody decodes it"),
});

const sinkStream = sinkStreamShape.refine(
  ({ topics, topics_pattern }) => topics.length > 0 || topics_pattern !== undefined,
  { path: ["topics"], error: "at least one topic is needed, or a topics_pattern" },
);

const sourceStream = z.object({
  ...streamShape,
  topic: name("topic to produce to", "my_topic"),
  name: z.string().min(1).optional().describe("target name for routes"),
  linger_time: time("5ms", "least spacing between two sends"),
  create: z.boolean().default(true).describe("create a missing stream or topic"),
  partition_by: z.enum(["balanced", "key", "partition"]).default("balanced").describe("how a partition is chosen"),
});

const commonShape = {
  key: name("unique per type; used in API paths, variables, files, metrics", "my_connector"),
  enabled: z.boolean().describe("whether it runs").meta({ example: true }),
  version: z.int().min(0).describe("version of this configuration").meta({ example: 0 }),
  name: name("display name", "My connector"),
  path: name("plugin: name of a connector, package, or path of a module", "stdout"),
  transforms: z.unknown().optional().describe("changes to each message, in order"),
  plugin_config: z.record(z.string(), z.unknown()).optional().describe("the plugin's own settings"),
  plugin_config_format: z
    .enum(["json", "yaml", "toml", "text"])
    .optional()
    .describe("how the API renders plugin_config"),
  verbose: z.boolean().default(false).describe("log a line per batch"),
  benchmark: z.boolean().default(false).describe("log the timing of each batch"),
  tasks: positive(1, "worker threads"),
  isolation: z.enum(["thread", "shared", "process"]).default("thread").describe("where a task runs"),
  memory_limit: size("256MiB", "JavaScript heap of one worker"),
  buffer_bytes: size("32MiB", "bytes that one task may hold"),
  max_in_flight: positive(
    1,
    "sinks: batches of one partition in consume at once; sources: batches in hand at once, polled ahead",
  ),
  max_in_flight_partitions: positive(1, "partitions in consume at once, per task"),
  on_error: z.enum(["dead_letter", "skip", "stop"]).default("dead_letter").describe("what happens to a bad message"),
  dead_letter: z
    .object({
      stream: z.string().optional().describe("stream"),
      topic: z.string().optional().describe("topic; {type} and {key} are the connector's"),
      create: z.boolean().optional().describe("create on first need"),
      retention: duration().optional().describe("how long a dead letter is kept"),
      max_size: byteSize().optional().describe("size limit of the topic"),
      max_payload: byteSize().optional().describe("longer payloads are cut"),
    })
    .optional()
    .describe("where rejected messages go"),
  retry: table({
    initial_backoff: time("100ms", "first wait"),
    max_backoff: time("30s", "longest wait"),
    backoff_multiplier: z.number().min(1).default(2).describe("growth of the wait"),
    jitter: z.number().min(0).max(1).default(0.2).describe("random share of a wait"),
    max_attempts: count(0, "0 = until it works; reached: on_error"),
    max_elapsed: time("0", "0 = until it works; reached: on_error"),
  }),
  consume_timeout: time("0", "0 = none"),
  start_timeout: time("30s", "time to open and join"),
  stop_timeout: time("10s", "time to drain, flush and leave"),
  flush_interval: time("10s", "when a staging sink is flushed, by time"),
  flush_bytes: size("16MiB", "when a staging sink is flushed, by bytes; 0 = never"),
  flush_messages: count(0, "when a staging sink is flushed, by messages; 0 = never"),
  initial_offset: initialOffset.prefault("first").describe("where to begin when nothing is stored"),
  log_level: z.enum(["trace", "debug", "info", "warn", "error"]).optional().describe("level of its log lines"),
  tap: z.boolean().default(false).describe("keep the latest samples at hand for whoever begins to watch"),
};

export const sinkFileSchema = z.object({
  type: z.literal("sink"),
  ...commonShape,
  streams: z.array(sinkStream).min(1).describe("what is consumed"),
});

export const sourceFileSchema = z.object({
  type: z.literal("source"),
  ...commonShape,
  streams: z.array(sourceStream).min(1).describe("where it is produced to"),
});

/** One version of one connector, as its file says, with defaults filled in: milliseconds and bytes. */
export type SinkFile = z.output<typeof sinkFileSchema>;
export type SourceFile = z.output<typeof sourceFileSchema>;
export type ConnectorFile = SinkFile | SourceFile;

export const sinkFileTree = schemaTree(sinkFileSchema);
export const sourceFileTree = schemaTree(sourceFileSchema);
