import { join, relative, resolve, sep } from "node:path";
import { type CodecKeys, codecKeys } from "@iggy-connectors/codecs";
import { FatalError } from "@iggy-connectors/sdk";
import type {
  LogLevel,
  PluginReference,
  SinkStreamSpec,
  SourceStreamSpec,
  TaskSpec,
} from "../../../shared/task/task-spec.ts";
import { iggyAccess } from "../../iggy/access.ts";
import type { RuntimeConfig } from "../runtime-file/schema.ts";
import type { ValidDefinition } from "./definition.ts";
import type { SinkFile, SourceFile } from "./schema.ts";

export interface TaskSpecContext {
  readonly runtime: RuntimeConfig;
  readonly plugin: PluginReference;
  readonly workingDirectory: string;
  /** For connectors that do not set their own. */
  readonly logLevel: LogLevel;
}

/** What each task of a connector is given. Throws `FatalError` where the key cannot name a state file. */
export function toTaskSpecs(connector: ValidDefinition, context: TaskSpecContext): TaskSpec[] {
  const { config } = connector;
  const { runtime, plugin, workingDirectory } = context;
  const shared: Omit<TaskSpec, "task"> = {
    type: config.type,
    key: config.key,
    name: config.name,
    tasks: config.tasks,
    plugin,
    pluginConfig: config.plugin_config ?? {},
    environmentText: connector.pluginTexts,
    strict: runtime.strict,
    file: connector.file,
    workingDirectory,
    iggy: iggyAccess(runtime.iggy, workingDirectory),
    sinkStreams: config.type === "sink" ? sinkStreams(config) : [],
    sourceStreams: config.type === "source" ? sourceStreams(config) : [],
    transforms: config.transforms,
    verbose: config.verbose,
    benchmark: config.benchmark,
    logLevel: config.log_level ?? context.logLevel,
    onError: config.on_error,
    deadLetter: deadLetter(connector, runtime),
    retry: {
      initialBackoff: config.retry.initial_backoff,
      maxBackoff: config.retry.max_backoff,
      backoffMultiplier: config.retry.backoff_multiplier,
      jitter: config.retry.jitter,
      maxAttempts: config.retry.max_attempts,
      maxElapsed: config.retry.max_elapsed,
    },
    consumeTimeout: config.consume_timeout,
    startTimeout: config.start_timeout,
    stopTimeout: config.stop_timeout,
    bufferBytes: config.buffer_bytes,
    maxInFlight: config.max_in_flight,
    maxInFlightPartitions: config.max_in_flight_partitions,
    flush: { interval: config.flush_interval, bytes: config.flush_bytes, messages: config.flush_messages },
    initialOffset: config.initial_offset,
    checkpoint: undefined,
  };
  return Array.from({ length: config.tasks }, (_, task) => ({
    ...shared,
    task,
    checkpoint: config.type === "source" ? checkpoint(connector, task, context) : undefined,
  }));
}

function sinkStreams(config: SinkFile): SinkStreamSpec[] {
  return config.streams.map((stream) => ({
    stream: stream.stream,
    topics: stream.topics,
    topicsPattern: stream.topics_pattern,
    topicsRefresh: stream.topics_refresh,
    schema: stream.schema,
    batchLength: stream.batch_length,
    pollInterval: stream.poll_interval,
    consumerGroup: stream.consumer_group ?? `iggy-connect-sink-${config.key}`,
    create: stream.create,
    partitions: stream.partitions,
    validate: stream.validate,
    codec: codecKeysOf(stream),
  }));
}

function sourceStreams(config: SourceFile): SourceStreamSpec[] {
  return config.streams.map((stream) => ({
    name: stream.name,
    stream: stream.stream,
    topic: stream.topic,
    schema: stream.schema,
    batchLength: stream.batch_length,
    lingerTime: stream.linger_time,
    create: stream.create,
    partitions: stream.partitions,
    partitionBy: stream.partition_by,
    codec: codecKeysOf(stream),
  }));
}

function codecKeysOf(stream: CodecKeys): CodecKeys {
  const names = Object.keys(codecKeys) as (keyof CodecKeys)[];
  return Object.fromEntries(names.filter((name) => stream[name] !== undefined).map((name) => [name, stream[name]]));
}

function deadLetter({ config }: ValidDefinition, runtime: RuntimeConfig): TaskSpec["deadLetter"] {
  const own = config.dead_letter;
  const common = runtime.dead_letter;
  const topic = own?.topic ?? common.topic;
  return {
    stream: own?.stream ?? common.stream,
    topic: topic.replaceAll("{type}", config.type).replaceAll("{key}", config.key),
    create: own?.create ?? common.create,
    retention: own?.retention ?? common.retention,
    maxSize: own?.max_size ?? common.max_size,
    maxPayload: own?.max_payload ?? common.max_payload,
  };
}

function checkpoint(
  { config, file }: ValidDefinition,
  task: number,
  { runtime, workingDirectory }: TaskSpecContext,
): TaskSpec["checkpoint"] {
  const folder = resolve(workingDirectory, runtime.state.path);
  // The first task has the original's name; each further one has a checkpoint of its own.
  const path = join(folder, `source_${config.key}${task === 0 ? "" : `.task${task}`}.state`);
  // A key may hold slashes, as in the original, but it never leads out of the state folder.
  const inside = relative(folder, path);
  if (inside === ".." || inside.startsWith(`..${sep}`) || config.key.includes("\0")) {
    throw new FatalError(`key ${JSON.stringify(config.key)} cannot name a state file`, {
      code: "IGC_CONFIG_INVALID",
      place: file,
      fix: "use letters, digits, - and _ in key",
    });
  }
  return { path, interval: runtime.state.interval };
}
