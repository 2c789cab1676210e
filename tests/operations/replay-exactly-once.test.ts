import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
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

test("dead letters reach a sink that keeps its own offsets, in whatever order they are replayed", async () => {
  await using folder = await temporaryFolder("iggy-replay-order-");
  const output = join(folder.path, "output");
  const iggy = await IggyProcess.start(join(folder.path, "data"));
  await using _server = iggy.process;
  {
    await using client = await IggyClient.connect({ address: iggy.address });
    await client.createStream("s");
    await client.createTopic({ stream: "s", name: "t", partitionsCount: 1 });
    const messages = ["first, no JSON", '{"a":1}', "second, no JSON", "third, no JSON"];
    await client.sendMessages({
      stream: "s",
      topic: "t",
      messages: messages.map((text) => ({ payload: Buffer.from(text) })),
    });
  }
  const port = await freePort();
  const connector = (schema: string, version: number) => `type = "sink"
key = "files"
enabled = true
version = ${version}
name = "Files"
path = "file"
flush_interval = "20ms"
[[streams]]
stream = "s"
topics = ["t"]
schema = "${schema}"
[plugin_config]
path = "${output}/{stream}/{topic}"
format = "raw"
`;
  const config = await writeConfiguration({
    folder: folder.path,
    iggy: iggy.address,
    port,
    connectors: { "files.toml": connector("json", 0) },
  });
  await using runtime = RuntimeProcess.start(config, port);
  const letters = async (): Promise<string[]> => {
    const page = await runtime.get<{ dead_letters: { id: string }[] }>("/sinks/files/dead_letters");
    return page.dead_letters.map(({ id }) => id);
  };
  await runtime.connectorIn("/sinks/files", "running");
  await eventually(async () => (await letters()).length === 3, { what: "three dead letters" });
  // With another schema the messages can be written.
  await writeFile(join(folder.path, "connectors", "files.toml"), connector("text", 1));
  await eventually(
    async () => (await runtime.get<{ streams: { schema: string }[] }>("/sinks/files")).streams[0]?.schema === "text",
    { what: "the new version" },
  );
  await runtime.connectorIn("/sinks/files", "running");
  const replay = async (...ids: string[]): Promise<unknown> => {
    const reply = await fetch(`${runtime.api}/sinks/files/dead_letters/replay`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ids }),
    });
    return reply.json();
  };
  assert.deepEqual(await replay("2"), { replayed: 1, failed: 0, skipped: 0, failures: [] });
  assert.deepEqual(await replay("0", "1"), { replayed: 2, failed: 0, skipped: 0, failures: [] });
  assert.deepEqual(await letters(), []);
  assert.equal(await runtime.stop(), 0);
  const files = (await readdir(output, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const texts = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), "utf8")));
  const written = texts.join("\n");
  for (const text of ["first, no JSON", "second, no JSON", "third, no JSON"]) {
    assert.equal(written.split(text).length - 1, 1, `${text} in ${written}`);
  }
});
