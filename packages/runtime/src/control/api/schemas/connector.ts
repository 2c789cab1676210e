import { z } from "zod";
import { component } from "../openapi/components.ts";
import { moment } from "./parameters.ts";

export const errorSchema = component(
  "ConnectorError",
  z.object({
    message: z.string(),
    timestamp: z.int().describe("microseconds since the Unix epoch"),
    code: z.string(),
    place: z.string().optional(),
    fix: z.string().optional().describe("what to do"),
  }),
);

const state = z
  .enum([
    "starting",
    "running",
    "retrying",
    "blocked",
    "standby",
    "paused",
    "stopping",
    "stopped",
    "completed",
    "failed",
  ])
  .describe("finer than status");

const taskSchema = component(
  "Task",
  z.object({
    task: z.int().describe("0 is the first"),
    state,
    since: moment,
    last_error: errorSchema.optional(),
    messages_in_flight: z.int(),
    bytes_in_flight: z.int(),
    restarts: z.int().describe("times its worker was started again"),
  }),
);

const partitionSchema = component(
  "PartitionStatus",
  z.object({
    stream: z.string(),
    topic: z.string(),
    partition: z.int(),
    stored_offset: z.string().nullable().describe("last offset that is stored; null: none"),
    end_offset: z.string().nullable().describe("last offset of the partition; null: empty, or not known yet"),
    lag: z.number().describe("messages"),
    in_flight: z.int(),
    state: z.enum(["running", "retrying", "blocked"]),
  }),
);

const infoShape = {
  id: z.int().describe("changes with every start"),
  key: z.string(),
  name: z.string(),
  path: z.string().describe("of the plugin, resolved; as configured where that failed"),
  enabled: z.boolean(),
  status: z.enum(["starting", "running", "stopping", "stopped", "error"]),
  last_error: errorSchema.optional(),
  plugin_config_format: z.string().optional(),
  state,
  since: moment.describe("since when it is in this state"),
  version: z.int().nullable().describe("of the configuration that runs"),
  desired: z.enum(["running", "paused", "stopped"]).describe("what an operator wants"),
  rejected: z
    .object({ version: z.int().nullable(), error: errorSchema, at: moment })
    .optional()
    .describe("a version that should run and does not"),
  retry: z
    .object({ attempts: z.int(), since: moment, next_attempt_at: moment })
    .optional()
    .describe("what is being repeated"),
  lag: z.number().describe("messages behind the end, over all partitions"),
  tasks: z.array(taskSchema),
};

export const infoSchema = component("Connector", z.object(infoShape));

const streamShape = {
  stream: z.string(),
  schema: z.string(),
  avro_schema_json: z.string().nullable(),
  avro_schema_path: z.string().nullable(),
  batch_length: z.int(),
};

export const sinkDetailsSchema = component(
  "SinkDetails",
  z.object({
    ...infoShape,
    streams: z.array(
      z.object({
        ...streamShape,
        topics: z.array(z.string()),
        poll_interval: z.string(),
        consumer_group: z.string().nullable(),
      }),
    ),
    partitions: z.array(partitionSchema),
  }),
);

export const sourceDetailsSchema = component(
  "SourceDetails",
  z.object({
    ...infoShape,
    streams: z.array(z.object({ ...streamShape, topic: z.string(), linger_time: z.string() })),
    partitions: z.array(partitionSchema),
  }),
);

const counter = z.int();

export const statusSchema = component(
  "ConnectorStatus",
  z.object({
    ...infoShape,
    last_success: moment.nullable(),
    messages_in_flight: z.int(),
    bytes_in_flight: z.int(),
    delivery: z.string().nullable().describe("the guarantee in force; null: not known yet"),
    counters: z
      .object({
        consumed: counter,
        processed: counter,
        produced: counter,
        sent: counter,
        delivered: counter,
        filtered: counter,
        skipped: counter,
        dead_lettered: counter,
        errors: counter,
        retries: counter,
        rebalances: counter,
        bytes_in: counter,
        bytes_out: counter,
      })
      .describe("since the process started"),
    partitions: z.array(partitionSchema),
  }),
);
