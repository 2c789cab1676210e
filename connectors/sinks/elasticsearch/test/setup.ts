import type { TestContext } from "node:test";
import { type ConsumeResult, type MessageBatch, parseConfig, type Sink } from "@iggy-connectors/sdk";
import { BulkServer } from "@iggy-connectors/test-support";
import { type HttpDestinationOptions, type RecordingContext, recordingContext } from "@iggy-connectors/testing";
import { elasticsearchSink } from "../src/index.ts";

export const SIGNAL: AbortSignal = new AbortController().signal;

export interface OpenedSink {
  readonly sink: Sink;
  readonly context: RecordingContext;
  consume(batch: MessageBatch, signal?: AbortSignal): Promise<ConsumeResult>;
}

export interface Setup extends OpenedSink {
  readonly server: BulkServer;
}

/** A sink with these settings, delays of a millisecond unless they say otherwise. */
export async function createSink(t: TestContext, settings: Record<string, unknown>, open = true): Promise<OpenedSink> {
  const context = recordingContext("/");
  const config = await parseConfig(elasticsearchSink.config, {
    index: "orders",
    retry_delay: "1ms",
    max_retry_delay: "5ms",
    ...settings,
  });
  const sink: Sink = elasticsearchSink.create(config, context);
  t.after(() => sink.close?.());
  if (open) await sink.open?.({ signal: SIGNAL });
  return {
    sink,
    context,
    consume: async (batch, signal = SIGNAL) => (await sink.consume(batch, { signal, attempt: 1 })) ?? {},
  };
}

/** An opened sink and the server that it writes to. */
export async function setup(
  t: TestContext,
  settings: Record<string, unknown> = {},
  options: HttpDestinationOptions & { readonly open?: boolean } = {},
): Promise<Setup> {
  const server = await BulkServer.start(options);
  t.after(() => server[Symbol.asyncDispose]());
  return { server, ...(await createSink(t, { url: server.url, ...settings }, options.open)) };
}
