import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { IggyClient } from "@iggy-connectors/client";
import { FaultProxy } from "@iggy-connectors/test-support";
import {
  eventually,
  freePort,
  IggyProcess,
  RuntimeProcess,
  temporaryFolder,
  writeConfiguration,
} from "@iggy-connectors/testing";

const plugin = fileURLToPath(new URL("./plugins/moody-sink.ts", import.meta.url));

const PAYLOADS = Array.from({ length: 500 }, (_, index) => `message-${index}-${"x".repeat(50)}`);
const WRITTEN = PAYLOADS.map((payload, offset) => `${offset} ${payload}`);

test("bytes that a proxy changes in polled messages are never delivered", { timeout: 60_000 }, async () => {
  await using folder = await temporaryFolder();
  const iggy = await IggyProcess.start(join(folder.path, "data"));
  await using _server = iggy.process;
  await using client = await IggyClient.connect({ address: iggy.address });
  await client.createStream("s");
  await client.createTopic({ stream: "s", name: "t", partitionsCount: 1 });
  for (let first = 0; first < PAYLOADS.length; first += 50) {
    const messages = PAYLOADS.slice(first, first + 50).map((payload) => ({ payload: Buffer.from(payload) }));
    await client.sendMessages({ stream: "s", topic: "t", messages });
  }

  // Two of three frames that carry messages arrive with one byte of the last message changed.
  let polls = 0;
  await using proxy = await FaultProxy.start(iggy.address, (direction, frame) => {
    if (direction !== "reply" || !frame.includes("message-")) return undefined;
    polls += 1;
    return polls % 3 === 0 ? undefined : { kind: "corrupt", at: frame.length - 1, mask: 1 };
  });
  const out = join(folder.path, "out");
  const port = await freePort();
  const config = await writeConfiguration({
    folder: folder.path,
    iggy: proxy.address,
    port,
    connectors: {
      "moody.toml": `type = "sink"
key = "moody"
enabled = true
version = 0
name = "Moody"
path = "${plugin}"
[[streams]]
stream = "s"
topics = ["t"]
schema = "raw"
batch_length = 100
[retry]
initial_backoff = "10ms"
max_backoff = "50ms"
[plugin_config]
out = "${out}"
away = "${join(folder.path, "away")}"
hang = "${join(folder.path, "hang")}"
`,
    },
  });
  await using _runtime = RuntimeProcess.start(config, port);
  const written = (): string[] => (existsSync(out) ? readFileSync(out, "utf8").trimEnd().split("\n") : []);
  await eventually(() => written().length >= WRITTEN.length, { what: "every message", timeout: 50_000 });
  assert.deepEqual(written(), WRITTEN);
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  assert.match(
    metrics,
    /iggy_connector_retries_total\{[^}]*stage="iggy_poll",code="IGC_IGGY_INVALID_MESSAGE_CHECKSUM"\} \d/,
  );
  assert.ok((proxy.done.get("corrupt") ?? 0) > 0, "bytes were changed");
});
