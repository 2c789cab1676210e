import { closeSync, openSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { asPayload, assertCarried } from "@iggy-connectors/test-support";
import { recordingContext } from "@iggy-connectors/testing";
import stdoutSink from "./index.ts";
import { LineOutput } from "./output.ts";
import { StdoutSink } from "./stdout-sink.ts";

for (const include_metadata of [false, true]) {
  const what = include_metadata ? "with metadata" : "without metadata";
  test(`what every codec delivers is printed as it was delivered: ${what}`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "iggy-stdout-sink-"));
    const file = join(folder, "out");
    const descriptor = openSync(file, "w");
    t.after(async () => {
      closeSync(descriptor);
      await rm(folder, { recursive: true, force: true });
    });
    const config = stdoutSink.config.parse({ format: "json_lines", include_metadata });
    const sink = new StdoutSink(config, recordingContext(folder), new LineOutput(descriptor));
    await assertCarried("stdout", "json_lines", {
      consume: (batch) => sink.consume(batch, { signal: new AbortController().signal, attempt: 1 }),
      stored: async () => (await readFile(file, "utf8")).trimEnd().split("\n"),
      ...(include_metadata ? { within: asPayload } : {}),
    });
  });
}
