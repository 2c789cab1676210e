import assert from "node:assert/strict";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { IggyClient } from "@iggy-connectors/client";
import {
  eventually,
  freePort,
  IggyProcess,
  RuntimeProcess,
  temporaryFolder,
  writeConfiguration,
} from "@iggy-connectors/testing";

const example = fileURLToPath(new URL("../../examples/own-sink/", import.meta.url));

test("the sink of the README runs from any folder, without a build", async (t) => {
  await using folder = await temporaryFolder();
  const bodies: string[] = [];
  const destination = createServer(async (request, reply) => {
    bodies.push(Buffer.concat(await request.toArray()).toString());
    reply.end();
  });
  await new Promise<void>((resolve) => destination.listen(0, "127.0.0.1", resolve));
  t.after(() => destination.close());
  const address = destination.address();
  assert.ok(address !== null && typeof address !== "string");

  const iggy = await IggyProcess.start(join(folder.path, "data"));
  await using _server = iggy.process;
  const client = await IggyClient.connect({ address: iggy.address });
  t.after(() => client.close());
  await client.createStream("example_stream");
  await client.createTopic({ stream: "example_stream", name: "example_topic", partitionsCount: 1 });
  await client.sendMessages({
    stream: "example_stream",
    topic: "example_topic",
    messages: [{ payload: Buffer.from('{"n":1}') }, { payload: Buffer.from('{"n":\n2}') }],
  });

  const port = await freePort();
  const connector = (await readFile(join(example, "webhook.toml"), "utf8")).replace(
    "http://localhost:9000/",
    `http://127.0.0.1:${address.port}/`,
  );
  await mkdir(join(folder.path, "runtime"));
  const config = await writeConfiguration({
    folder: join(folder.path, "runtime"),
    iggy: iggy.address,
    port,
    connectors: { "webhook.toml": connector },
  });
  await cp(join(example, "webhook.ts"), join(folder.path, "runtime", "connectors", "webhook.ts"));
  await writeFile(join(folder.path, "runtime", "connectors", "notes.txt"), "other files may lie here");
  await using runtime = RuntimeProcess.start(config, port);
  await eventually(() => bodies.length > 0, { what: "the batch at the destination" });
  assert.deepEqual(bodies, ['{"n":1}\n{"n": 2}\n'], "one line per message, whatever line breaks the payload holds");
  assert.equal(await runtime.stop(), 0);
});
