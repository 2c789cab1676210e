import type { TestContext } from "node:test";
import { BulkServer } from "@iggy-connectors/test-support";
import { type HttpDestinationOptions, type OpenedSink, openSink } from "@iggy-connectors/testing";
import { elasticsearchSink } from "../src/index.ts";

export const SIGNAL: AbortSignal = new AbortController().signal;

export interface Setup extends OpenedSink {
  readonly server: BulkServer;
}

/** A sink with these settings, delays of a millisecond unless they say otherwise. */
export function createSink(t: TestContext, settings: Record<string, unknown>, open = true): Promise<OpenedSink> {
  const defaults = { index: "orders", retry_delay: "1ms", max_retry_delay: "5ms" };
  return openSink(t, elasticsearchSink, { ...defaults, ...settings }, { open });
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
