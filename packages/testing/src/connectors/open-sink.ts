import type { TestContext } from "node:test";
import {
  type ConfigSchema,
  type ConsumeResult,
  type MessageBatch,
  parseConfig,
  type Sink,
  type SinkDefinition,
} from "@iggy-connectors/sdk";
import { openContext, type RecordingOpenContext } from "./open-context.ts";
import { type RecordingContext, recordingContext } from "./recording-context.ts";

export interface OpenedSink {
  readonly sink: Sink;
  readonly context: RecordingContext;
  /** What `open` was called with. */
  readonly opening: RecordingOpenContext;
  /** What the runtime does with a batch, as the first attempt. */
  consume(batch: MessageBatch, signal?: AbortSignal): Promise<ConsumeResult>;
}

export interface OpenSinkOptions {
  /** `false`: the sink is created only, for tests of `open` itself and of `check`. */
  readonly open?: boolean;
  /** Default: one of its own, whose working directory is `/`. */
  readonly context?: RecordingContext;
}

/**
 * Creates a sink from its definition and `plugin_config`, as the runtime does, and opens it; it is closed when the test ends.
 * @throws what the schema says about settings that are not valid, and what `open` throws.
 */
export async function openSink(
  t: TestContext,
  definition: SinkDefinition<ConfigSchema>,
  settings: Readonly<Record<string, unknown>>,
  { open = true, context = recordingContext("/") }: OpenSinkOptions = {},
): Promise<OpenedSink> {
  const config = await parseConfig(definition.config, settings);
  const sink = definition.create(config as never, context);
  t.after(() => sink.close?.());
  const opening = openContext(context.signal);
  if (open) await sink.open?.(opening);
  return {
    sink,
    context,
    opening,
    consume: async (batch, signal = context.signal) => (await sink.consume(batch, { signal, attempt: 1 })) ?? {},
  };
}
