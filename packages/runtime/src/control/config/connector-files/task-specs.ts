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
import { camelCased } from "../schema/camel-case.ts";
import { deadLetterShape } from "../schema/dead-letter-keys.ts";
import type { ValidDefinition } from "./definition.ts";
import { retryShape, type SinkFile, type SourceFile, sinkStreamShape, sourceStreamShape, taskShape } from "./schema.ts";

export interface TaskSpecContext {
  readonly runtime: RuntimeConfig;
  readonly plugin: PluginReference;
  readonly workingDirectory: string;
  /** For connectors that do not set their own. */
  readonly logLevel: LogLevel;
}

/** The specification of each task of a connector. Throws `FatalError` where the key cannot name a state file. */
export function toTaskSpecs(connector: ValidDefinition, context: TaskSpecContext): TaskSpec[] {
  const { config } = connector;
  const { runtime, plugin, workingDirectory } = context;
  const shared: Omit<TaskSpec, "task"> = {
    ...camelCased(taskShape, config),
    type: config.type,
    key: config.key,
    name: config.name,
    plugin,
    pluginConfig: config.plugin_config ?? {},
    environmentText: connector.pluginTexts,
    strict: runtime.strict,
    file: connector.file,
    workingDirectory,
    iggy: iggyAccess(runtime.iggy, workingDirectory),
    sinkStreams: config.type === "sink" ? config.streams.map((stream) => sinkStream(config.key, stream)) : [],
    sourceStreams: config.type === "source" ? config.streams.map(sourceStream) : [],
    transforms: config.transforms,
    logLevel: config.log_level ?? context.logLevel,
    deadLetter: deadLetter(connector, runtime),
    retry: camelCased(retryShape, config.retry),
    flush: { interval: config.flush_interval, bytes: config.flush_bytes, messages: config.flush_messages },
    checkpoint: undefined,
  };
  return Array.from({ length: config.tasks }, (_, task) => ({
    ...shared,
    task,
    checkpoint: config.type === "source" ? checkpoint(connector, task, context) : undefined,
  }));
}

function sinkStream(key: string, stream: SinkFile["streams"][number]): SinkStreamSpec {
  return {
    ...camelCased(sinkStreamShape, stream),
    consumerGroup: stream.consumer_group ?? `iggy-connect-sink-${key}`,
    codec: codecKeysOf(stream),
  };
}

function sourceStream(stream: SourceFile["streams"][number]): SourceStreamSpec {
  return { ...camelCased(sourceStreamShape, stream), codec: codecKeysOf(stream) };
}

function codecKeysOf(stream: CodecKeys): CodecKeys {
  const names = Object.keys(codecKeys) as (keyof CodecKeys)[];
  return Object.fromEntries(names.filter((name) => stream[name] !== undefined).map((name) => [name, stream[name]]));
}

function deadLetter({ config }: ValidDefinition, runtime: RuntimeConfig): TaskSpec["deadLetter"] {
  // A key that is left out of the overrides is absent, never undefined.
  const merged = { ...runtime.dead_letter, ...config.dead_letter } as RuntimeConfig["dead_letter"];
  const settings = camelCased(deadLetterShape, merged);
  const topic = settings.topic.replaceAll("{type}", config.type).replaceAll("{key}", config.key);
  return { ...settings, topic };
}

function checkpoint(
  { config, file }: ValidDefinition,
  task: number,
  { runtime, workingDirectory }: TaskSpecContext,
): TaskSpec["checkpoint"] {
  const folder = resolve(workingDirectory, runtime.state.path);
  // The first task has the original's name; each further one has a checkpoint of its own.
  const path = join(folder, `source_${config.key}${task === 0 ? "" : `.task${task}`}.state`);
  // A key may contain slashes, as in the original, but it never leads out of the state folder.
  const inside = relative(folder, path);
  if (inside === ".." || inside.startsWith(`..${sep}`) || config.key.includes("\0")) {
    throw new FatalError(`key ${JSON.stringify(config.key)} cannot be the name of a state file`, {
      code: "IGC_CONFIG_INVALID",
      place: file,
      fix: "use letters, digits, - and _ in key",
    });
  }
  return { path, interval: runtime.state.interval };
}
