import { codecKeys, SCHEMA_ALIASES } from "@iggy-connectors/codecs";
import { SCHEMAS } from "@iggy-connectors/sdk";
import { z } from "zod";
import type { SchemaNode } from "../../../shared/schema-tree/schema-tree.ts";
import type { ConnectorType } from "../../../shared/task/task-spec.ts";
import { deadLetterOverrides } from "../schema/dead-letter-keys.ts";
import { count, flag, positive, size, table, time } from "../schema/keys.ts";
import { schemaTree } from "../schema/zod-tree.ts";
import { INITIAL_OFFSET_HELP, parseInitialOffset } from "./initial-offset.ts";

const name = (meaning: string, example: string) => z.string().min(1).describe(meaning).meta({ example });

const schemaName = z
  .preprocess((value) => SCHEMA_ALIASES.get(value as string) ?? value, z.enum(SCHEMAS))
  .describe("format of the messages")
  .meta({ type: "string", enum: [...SCHEMAS, ...SCHEMA_ALIASES.keys()] as string[], example: "json" });

const initialOffset = z.union([z.string(), z.int()]).transform((value, context) => {
  const offset = parseInitialOffset(value);
  if (offset !== undefined) return offset;
  context.issues.push({
    code: "custom",
    input: value,
    message: `${JSON.stringify(value)} is not a valid initial_offset: ${INITIAL_OFFSET_HELP}`,
  });
  return z.NEVER;
});

/** The keys of a stream that a task is given as they are, except those of its codec. */
const commonStreamShape = {
  stream: name("stream", "my_stream"),
  schema: schemaName,
  batch_length: positive(1000, "maximum number of messages per request"),
  partitions: positive(1, "number of partitions of a topic that is created"),
};
const sinkOnlyShape = {
  topics: z
    .array(z.string().min(1))
    .default([])
    .describe("topics to consume")
    .meta({ example: ["my_topic"] }),
  topics_pattern: z
    .string()
    .min(1)
    .optional()
    .describe("RE2 pattern: topics of the stream whose whole name matches are consumed in addition to topics")
    .meta({ example: "orders_.*" }),
  topics_refresh: time("30s", "how often topics are matched against the pattern"),
  poll_interval: time("5ms", "minimum time between two polls that return no messages"),
  max_poll_interval: time(
    "250ms",
    "time between two polls to which a partition backs off where no messages are likely",
  ),
  consumer_group: z.string().min(1).optional().describe("consumer group; default iggy-connect-sink-{key}"),
  create: flag(false, "create a missing stream or topic"),
  validate: flag(true, "json: check that every payload is JSON, even where nothing decodes it"),
};
const sourceOnlyShape = {
  topic: name("topic to produce to", "my_topic"),
  name: z.string().min(1).optional().describe("target name for routes"),
  linger_time: time("5ms", "minimum time between two sends"),
  create: flag(true, "create a missing stream or topic"),
  partition_by: z
    .enum(["balanced", "key", "partition"])
    .default("balanced")
    .describe("how the partition of a message is chosen"),
};
export const sinkStreamShape = { ...commonStreamShape, ...sinkOnlyShape };
export const sourceStreamShape = { ...commonStreamShape, ...sourceOnlyShape };

const sinkStream = z
  .object({ ...commonStreamShape, ...codecKeys, ...sinkOnlyShape })
  .refine(({ topics, topics_pattern }) => topics.length > 0 || topics_pattern !== undefined, {
    path: ["topics"],
    error: "at least one topic is needed, or a topics_pattern",
  });
const sourceStream = z.object({ ...commonStreamShape, ...codecKeys, ...sourceOnlyShape });

export const retryShape = {
  initial_backoff: time("100ms", "wait before the first retry"),
  max_backoff: time("30s", "longest wait"),
  backoff_multiplier: z.number().min(1).default(2).describe("factor by which the wait grows"),
  jitter: z.number().min(0).max(1).default(0.2).describe("random share of each wait"),
  max_attempts: count(0, "number of attempts after which on_error applies; 0 = unlimited"),
  max_elapsed: time("0", "time after which on_error applies; 0 = unlimited"),
};

/** The keys that a task is given as they are, in camel case: the fields of `TaskSpec` with these names. */
export const taskShape = {
  verbose: flag(false, "log one line per batch"),
  benchmark: flag(false, "log the timing of each batch"),
  tasks: positive(1, "number of tasks, each with a worker"),
  buffer_bytes: size("32MiB", "maximum number of bytes that one task holds"),
  max_in_flight: positive(
    1,
    "sinks: batches of one partition in consume at the same time; sources: batches in hand at the same time, polled ahead",
  ),
  max_in_flight_partitions: positive(1, "partitions in consume at the same time, per task"),
  on_error: z
    .enum(["dead_letter", "skip", "stop"])
    .default("dead_letter")
    .describe("what happens to a message that fails"),
  consume_timeout: time("0", "time limit of one consume call; 0 = none"),
  start_timeout: time("30s", "time to open the plugin and to join the consumer group"),
  stop_timeout: time("10s", "time to finish, flush and leave the consumer group"),
  hang_timeout: time(
    "30s",
    "time for which a worker may not answer, because a call keeps its thread busy, before it is replaced; 0 = unlimited",
  ),
  initial_offset: initialOffset.prefault("first").describe("where to begin when no offset is stored"),
};

const commonShape = {
  key: name("unique per type; used in API paths, variables, files and metrics", "my_connector"),
  enabled: z.boolean().describe("whether the connector runs").meta({ example: true }),
  version: z.int().min(0).describe("version of this configuration").meta({ example: 0 }),
  name: name("display name", "My connector"),
  path: name("plugin: name of a connector, name of a package, or path of a module", "stdout"),
  transforms: z.unknown().optional().describe("transforms that are applied to each message, in order"),
  plugin_config: z.record(z.string(), z.unknown()).optional().describe("the plugin's own settings"),
  plugin_config_format: z
    .enum(["json", "yaml", "toml", "text"])
    .optional()
    .describe("how the API renders plugin_config"),
  ...taskShape,
  isolation: z
    .enum(["auto", "thread", "shared", "process"])
    .default("auto")
    .describe(
      "where a task runs; auto: shared for connectors that ship with the runtime and run no script, else a thread of its own",
    ),
  memory_limit: size("256MiB", "JavaScript heap of one worker"),
  dead_letter: deadLetterOverrides.optional().describe("where dead letters are written"),
  retry: table(retryShape),
  flush_interval: time("10s", "time after which a staging sink is flushed"),
  flush_bytes: size("16MiB", "bytes after which a staging sink is flushed; 0 = unlimited"),
  flush_messages: count(0, "messages after which a staging sink is flushed; 0 = unlimited"),
  log_level: z
    .enum(["trace", "debug", "info", "warn", "error"])
    .optional()
    .describe("lowest level of its log lines that is logged"),
  tap: flag(false, "keep the latest sampled messages for those who start to watch"),
};

export const sinkFileSchema = z.object({
  type: z.literal("sink"),
  ...commonShape,
  streams: z.array(sinkStream).min(1).describe("what is consumed"),
});

export const sourceFileSchema = z.object({
  type: z.literal("source"),
  ...commonShape,
  streams: z.array(sourceStream).min(1).describe("where messages are produced to"),
});

/** One version of one connector as its file says, with defaults filled in; milliseconds and bytes. */
export type SinkFile = z.output<typeof sinkFileSchema>;
export type SourceFile = z.output<typeof sourceFileSchema>;
export type ConnectorFile = SinkFile | SourceFile;

const trees: Record<ConnectorType, SchemaNode | undefined> = { sink: undefined, source: undefined };

/** What a file of this type may contain; made when the first such file is read. */
export function connectorFileTree(type: ConnectorType): SchemaNode {
  trees[type] ??= schemaTree(type === "sink" ? sinkFileSchema : sourceFileSchema);
  return trees[type];
}
