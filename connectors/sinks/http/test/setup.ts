import type { TestContext } from "node:test";
import { HttpDestination, type HttpDestinationOptions, type OpenedSink, openSink } from "@iggy-connectors/testing";
import { httpSink } from "../src/index.ts";

export interface Setup extends OpenedSink {
  readonly destination: HttpDestination;
}

/** An opened sink that sends to a scripted destination; `url` is set unless the settings do. */
export async function setup(
  t: TestContext,
  settings: Record<string, unknown> = {},
  { open = true, ...options }: HttpDestinationOptions & { readonly open?: boolean } = {},
): Promise<Setup> {
  const destination = await HttpDestination.start(options);
  t.after(() => destination[Symbol.asyncDispose]());
  const complete = {
    retry_delay: "1ms",
    max_retry_delay: "5ms",
    ...settings,
    url: String(settings.url ?? "$/ingest").replace("$", destination.url),
  };
  return { destination, ...(await openSink(t, httpSink, complete, { open })) };
}
