import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { IggyClient } from "@iggy-connectors/client";
import {
  eventually,
  freePort,
  IggyProcess,
  RuntimeProcess,
  temporaryFolder,
  writeConfiguration,
} from "@iggy-connectors/testing";

test("a webhook is answered 200 only for what Iggy holds, through an outage of Iggy and a stop", {
  timeout: 120_000,
}, async () => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, "data");
  const address = `127.0.0.1:${await freePort()}`;
  const port = await freePort();
  const listen = `127.0.0.1:${await freePort()}`;
  let iggy = (await IggyProcess.start(data, address)).process;
  const config = await writeConfiguration({
    folder: folder.path,
    iggy: address,
    port,
    connectors: {
      "webhooks.toml": `type = "source"
key = "webhooks"
enabled = true
version = 0
name = "Webhooks"
path = "http"
[[streams]]
stream = "hooks"
topic = "in"
schema = "json"
[plugin_config]
listen_addr = "${listen}"
topic_path = "in"
ack_timeout = "500ms"
forward_headers = ["x-event"]
`,
    },
  });
  const runtime = RuntimeProcess.start(config, port);
  const confirmed: string[] = [];
  const post = async (text: string): Promise<number> => {
    const headers = { "content-type": "application/json", "webhook-id": text, "x-event": "test" };
    const reply = await fetch(`http://${listen}/topics/in`, { method: "POST", headers, body: JSON.stringify(text) });
    await reply.arrayBuffer();
    if (reply.status === 200) confirmed.push(text);
    return reply.status;
  };
  try {
    await runtime.connectorIn("/sources/webhooks", "running");
    assert.equal(await post("before"), 200);
    await iggy.kill();
    assert.equal(await post("during"), 503);
    iggy = (await IggyProcess.start(data, address)).process;
    await eventually(async () => (await post("after")) === 200, { what: "an answer after the outage" });
    assert.equal(await post("during"), 200, "sent again, as it was told to");
    assert.equal(await runtime.stop(), 0);
    await assert.rejects(post("too late"));

    await using client = await IggyClient.connect({ address });
    const frames = await client.pollMessages({
      consumer: { kind: "consumer", id: "reader" },
      stream: "hooks",
      topic: "in",
      partition: 0,
      strategy: { kind: "offset", offset: 0n },
      count: 1000,
    });
    const ids = new Map<string, Set<bigint>>();
    for (let index = 0; index < frames.length; index++) {
      const text = JSON.parse(Buffer.from(frames.payload(index)).toString()) as string;
      ids.set(text, (ids.get(text) ?? new Set()).add(frames.id(index)));
      assert.deepEqual(frames.headers(index).get("x-event"), { kind: "string", value: "test" });
    }
    for (const text of confirmed) assert.ok(ids.has(text), `"${text}" was confirmed and is not there`);
    for (const [text, different] of ids) assert.equal(different.size, 1, `"${text}" came again with another id`);
    // No checkpoint of a run can mean anything to the next one.
    assert.equal((await runtimeState(folder.path)).length, 0);
  } finally {
    await runtime[Symbol.asyncDispose]();
    await iggy[Symbol.asyncDispose]();
  }
});

async function runtimeState(folder: string): Promise<string[]> {
  return (await readdir(join(folder, "state"))).filter((name) => name.startsWith("source_"));
}
