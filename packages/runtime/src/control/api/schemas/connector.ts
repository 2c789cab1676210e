import { z } from "zod";
import { DELIVERIES } from "../../../shared/task/delivery.ts";
import { ISOLATIONS } from "../../supervisor/placements/placement.ts";
import { FAULT_REASONS } from "../../supervisor/placements/pool/verdict.ts";
import { component } from "../openapi/components.ts";
import { countersSchema } from "./counters.ts";
import { connectorState, connectorStatus, intent, moment, partitionState } from "./fields.ts";

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

export const placement = z
  .enum(ISOLATIONS)
  .describe("thread: a worker of its own; shared: a worker with other tasks; process: a child process");

export const quarantineSchema = component(
  "Quarantine",
  z
    .object({
      state: z
        .enum(["quarantined", "suspected"])
        .describe("quarantined: its code ended a shared worker; suspected: it is one of those whose code may have"),
      reason: z.enum(FAULT_REASONS).describe("how the shared worker ended"),
      message: z.string(),
      since: moment,
      until: moment.describe("when it returns to the shared workers if nothing happens until then"),
      offences: z.int().describe("how often it came to this"),
    })
    .describe("why a task does not run in the shared workers where it belongs"),
);

const taskSchema = component(
  "Task",
  z.object({
    task: z.int().describe("number of the task; the first is 0"),
    state: connectorState,
    since: moment,
    last_error: errorSchema.optional(),
    messages_in_flight: z.int(),
    bytes_in_flight: z.int(),
    placement,
    placement_reason: z.string().describe("why it runs there"),
    quarantine: quarantineSchema.optional(),
    restarts: z.int().describe("how often its worker was started again"),
  }),
);

const partitionSchema = component(
  "PartitionStatus",
  z.object({
    stream: z.string(),
    topic: z.string(),
    partition: z.int(),
    stored_offset: z.string().nullable().describe("last stored offset; null if none is stored"),
    end_offset: z.string().nullable().describe("last offset of the partition; null if it is empty or not yet known"),
    lag: z.number().describe("messages"),
    in_flight: z.int(),
    state: partitionState,
  }),
);

const infoShape = {
  id: z.int().describe("changes with every start"),
  key: z.string(),
  name: z.string(),
  path: z.string().describe("resolved path of the plugin; as configured if it could not be resolved"),
  enabled: z.boolean(),
  status: connectorStatus,
  last_error: errorSchema.optional(),
  plugin_config_format: z.string().optional(),
  state: connectorState,
  since: moment.describe("when it entered this state"),
  version: z.int().nullable().describe("version of the running configuration"),
  desired: intent,
  rejected: z
    .object({ version: z.int().nullable(), error: errorSchema, at: moment })
    .optional()
    .describe("a version that should run but could not be started"),
  retry: z
    .object({ attempts: z.int(), since: moment, next_attempt_at: moment })
    .optional()
    .describe("the operation that is being retried"),
  lag: z.number().describe("messages not yet consumed, over all partitions"),
  rate: z
    .number()
    .nullable()
    .describe("messages that ended per second, in the last minute; null if it is not yet known"),
  dead_lettered: z.int().describe("messages in the dead-letter topic, since counting_since"),
  last_success: moment.nullable(),
  counting_since: moment.describe("when the counters were 0; they survive restarts of the connector"),
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

const failureCounts = z.array(z.object({ stage: z.string(), code: z.string(), count: z.int() }));

export const statusSchema = component(
  "ConnectorStatus",
  z.object({
    ...infoShape,
    messages_in_flight: z.int(),
    bytes_in_flight: z.int(),
    delivery: z.enum(DELIVERIES).nullable().describe("the delivery guarantee in force; null if it is not yet known"),
    delivery_reason: z.string().nullable().describe("why it is not the best that the connector can give"),
    counters: countersSchema,
    dead_letters: failureCounts.describe("why messages became dead letters"),
    retries: failureCounts.describe("why attempts were repeated; the stage plugin: inside of a call"),
    partitions: z.array(partitionSchema),
  }),
);
