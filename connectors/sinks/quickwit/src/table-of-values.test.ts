import { test } from "node:test";
import { assertCarried } from "@iggy-connectors/test-support";
import { openContext, recordingContext } from "@iggy-connectors/testing";
import { QuickwitServer } from "../test/quickwit-server.ts";
import quickwitSink from "./index.ts";

test("what every codec delivers is the document as it was delivered", async (t) => {
  const { signal } = new AbortController();
  const server = new QuickwitServer();
  const url = await server.start();
  t.after(() => server.stop());
  const index = "version: 0.9\nindex_id: events\ndoc_mapping:\n  mode: dynamic\n";
  const sink = quickwitSink.create(quickwitSink.config.parse({ url, index }), recordingContext("/"));
  t.after(() => sink.close?.());
  await sink.open?.(openContext(signal));
  await assertCarried("quickwit", "documents", {
    consume: (batch) => sink.consume(batch, { signal, attempt: 1 }),
    stored: () =>
      server.requests
        .filter(({ line }) => line.includes("/ingest"))
        .flatMap(({ body }) => body.toString().trimEnd().split("\n")),
  });
});
