import type { ConfigSchema } from "./schema.ts";
import type { SinkDefinition } from "./sink.ts";
import type { SourceDefinition } from "./source.ts";

/** Declares a sink; the default export of a sink plugin. The type of the configuration is inferred for `create`. */
export function defineSink<Config extends ConfigSchema, Value = unknown>(
  definition: Omit<SinkDefinition<Config, Value>, "type">,
): SinkDefinition<Config, Value> {
  return { ...definition, type: "sink" };
}

/** Declares a source; the default export of a source plugin. The type of the checkpoint is inferred from `create`. */
export function defineSource<Config extends ConfigSchema, State = unknown, Value = unknown>(
  definition: Omit<SourceDefinition<Config, State, Value>, "type">,
): SourceDefinition<Config, State, Value> {
  return { ...definition, type: "source" };
}
