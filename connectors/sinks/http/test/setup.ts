import type { TestContext } from "node:test";
import { type ConsumeResult, type MessageBatch, parseConfig, type Sink } from "@iggy-connectors/sdk";
import {
  HttpDestination,
  type HttpDestinationOptions,
  type RecordingContext,
  recordingContext,
} from "@iggy-connectors/testing";
import { httpSink } from "../src/index.ts";

export interface Setup {
  readonly sink: Sink;
  readonly destination: HttpDestination;
  readonly context: RecordingContext;
  consume(batch: MessageBatch, signal?: AbortSignal): Promise<ConsumeResult>;
}

/** An opened sink that sends to a scripted destination; `url` is set unless the settings do. */
export async function setup(
  t: TestContext,
  settings: Record<string, unknown> = {},
  options: HttpDestinationOptions & { readonly open?: boolean } = {},
): Promise<Setup> {
  const destination = await HttpDestination.start(options);
  t.after(() => destination[Symbol.asyncDispose]());
  const context = recordingContext("/");
  const config = await parseConfig(httpSink.config, {
    retry_delay: "1ms",
    max_retry_delay: "5ms",
    ...settings,
    url: String(settings.url ?? "$/ingest").replace("$", destination.url),
  });
  const sink: Sink = httpSink.create(config, context);
  t.after(() => sink.close?.());
  const { signal } = new AbortController();
  if (options.open !== false) await sink.open?.({ signal });
  return {
    sink,
    destination,
    context,
    consume: async (batch, consuming = signal) => (await sink.consume(batch, { signal: consuming, attempt: 1 })) ?? {},
  };
}
