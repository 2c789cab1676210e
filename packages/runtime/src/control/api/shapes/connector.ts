import { formatDuration } from "@iggy-connectors/sdk/internal";
import type { z } from "zod";
import type { FailureCount } from "../../../shared/task/labelled-counts.ts";
import type { PartitionStatus, TaskError } from "../../../shared/task/task-status.ts";
import type { SinkFile, SourceFile } from "../../config/connector-files/schema.ts";
import type { ConfigProblem } from "../../config/problem.ts";
import type { ConnectorSnapshot, RejectedVersion } from "../../supervisor/connectors/snapshot.ts";
import type { QuarantineState } from "../../supervisor/run/quarantine.ts";
import type {
  errorSchema,
  infoSchema,
  quarantineSchema,
  sinkDetailsSchema,
  sourceDetailsSchema,
  statusSchema,
} from "../schemas/connector.ts";
import { countersShape } from "../schemas/counters.ts";
import type { fileFindingSchema } from "../schemas/failure.ts";
import { moment } from "./moment.ts";

type Partition = z.input<typeof statusSchema>["partitions"][number];
type Info = z.input<typeof infoSchema>;

/** `GET /sinks`, `GET /sources`: the original's fields first, then ours. */
export function connectorInfo(snapshot: ConnectorSnapshot): Info {
  const { id, key, name, path, enabled, status, lastError, state, since, retry, lag, tasks, connector } = snapshot;
  const { version, desired, rejected, rate, counters, lastSuccessAt, countingSince } = snapshot;
  const format = connector?.config.plugin_config_format;
  return {
    id,
    key,
    name,
    path,
    enabled,
    status,
    ...(lastError === undefined ? {} : { last_error: errorShape(lastError) }),
    ...(format === undefined ? {} : { plugin_config_format: format }),
    state,
    since: moment(since),
    version: version ?? null,
    desired,
    ...(rejected === undefined ? {} : { rejected: rejectedShape(rejected) }),
    ...(retry === undefined ? {} : { retry: retryShape(retry) }),
    lag,
    rate: rate === undefined ? null : Math.round(rate * 10) / 10,
    dead_lettered: counters.deadLettered,
    last_success: lastSuccessAt === undefined ? null : moment(lastSuccessAt),
    counting_since: moment(countingSince),
    tasks: tasks.map((task) => ({
      task: task.task,
      state: task.state,
      since: moment(task.since),
      ...(task.lastError === undefined ? {} : { last_error: errorShape(task.lastError) }),
      messages_in_flight: task.messagesInFlight,
      bytes_in_flight: task.bytesInFlight,
      placement: task.placement,
      placement_reason: task.placementReason,
      ...(task.quarantine === undefined ? {} : { quarantine: quarantineShape(task.quarantine) }),
      restarts: task.restarts,
    })),
  };
}

export function quarantineShape({
  state,
  reason,
  message,
  since,
  until,
  offences,
}: QuarantineState): z.input<typeof quarantineSchema> {
  return { state, reason, message, since: moment(since), until: moment(until), offences };
}

/** `GET /sinks/{key}`. */
export function sinkDetails(snapshot: ConnectorSnapshot): z.input<typeof sinkDetailsSchema> {
  const config = snapshot.connector?.config;
  const streams = config?.type === "sink" ? sinkStreams(config) : [];
  return { ...connectorInfo(snapshot), partitions: snapshot.partitions.map(partitionShape), streams };
}

/** `GET /sources/{key}`. */
export function sourceDetails(snapshot: ConnectorSnapshot): z.input<typeof sourceDetailsSchema> {
  const config = snapshot.connector?.config;
  const streams = config?.type === "source" ? sourceStreams(config) : [];
  return { ...connectorInfo(snapshot), partitions: snapshot.partitions.map(partitionShape), streams };
}

/** `GET /{type}/{key}/status`. */
export function connectorStatus(snapshot: ConnectorSnapshot): z.input<typeof statusSchema> {
  const { counters, deadLetters, retries, messagesInFlight, bytesInFlight, delivery, partitions } = snapshot;
  return {
    ...connectorInfo(snapshot),
    messages_in_flight: messagesInFlight,
    bytes_in_flight: bytesInFlight,
    delivery: delivery?.guarantee ?? null,
    delivery_reason: delivery?.reason ?? null,
    counters: countersShape(counters),
    dead_letters: deadLetters.map(failureCount),
    retries: retries.map(failureCount),
    partitions: partitions.map(partitionShape),
  };
}

function failureCount({ stage, code, count }: FailureCount): { stage: string; code: string; count: number } {
  return { stage, code, count };
}

/** `GET /errors`. */
export function problemShape({
  code,
  file,
  line,
  key,
  message,
  fix,
}: ConfigProblem): z.input<typeof fileFindingSchema> {
  return { code, file: file ?? null, line: line ?? null, key: key ?? null, message, fix: fix ?? null };
}

function rejectedShape({ version, error, at }: RejectedVersion): NonNullable<Info["rejected"]> {
  return { version: version ?? null, error: errorShape(error), at: moment(at) };
}

export function errorShape({ code, message, place, fix, timestamp }: TaskError): z.input<typeof errorSchema> {
  return {
    message,
    timestamp,
    code,
    ...(place === undefined ? {} : { place }),
    ...(fix === undefined ? {} : { fix }),
  };
}

function retryShape({ attempts, since, nextAttemptAt }: NonNullable<ConnectorSnapshot["retry"]>) {
  return { attempts, since: moment(since), next_attempt_at: moment(nextAttemptAt) };
}

function partitionShape(status: PartitionStatus): Partition {
  const { stream, topic, partition, storedOffset, endOffset, lag, inFlight, state } = status;
  return {
    stream,
    topic,
    partition,
    stored_offset: storedOffset ?? null,
    end_offset: endOffset ?? null,
    lag,
    in_flight: inFlight,
    state,
  };
}

function sinkStreams({ streams }: SinkFile): z.input<typeof sinkDetailsSchema>["streams"] {
  return streams.map((stream) => ({
    stream: stream.stream,
    topics: stream.topics,
    schema: stream.schema,
    avro_schema_json: stream.avro_schema_json ?? null,
    avro_schema_path: stream.avro_schema_path ?? null,
    batch_length: stream.batch_length,
    poll_interval: formatDuration(stream.poll_interval),
    consumer_group: stream.consumer_group ?? null,
  }));
}

function sourceStreams({ streams }: SourceFile): z.input<typeof sourceDetailsSchema>["streams"] {
  return streams.map((stream) => ({
    stream: stream.stream,
    topic: stream.topic,
    schema: stream.schema,
    avro_schema_json: stream.avro_schema_json ?? null,
    avro_schema_path: stream.avro_schema_path ?? null,
    batch_length: stream.batch_length,
    linger_time: formatDuration(stream.linger_time),
  }));
}
