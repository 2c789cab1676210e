import assert from "node:assert/strict";
import { test } from "node:test";
import { IggyClient } from "@iggy-connectors/client";
import { BulkServer } from "@iggy-connectors/test-support";
import {
  eventually,
  freePort,
  IggyProcess,
  RuntimeProcess,
  temporaryFolder,
  writeConfiguration,
} from "@iggy-connectors/testing";

const COUNT = 1000;

/** The kit kills between the runtime's steps; this is in the middle of a batch, with requests on their way and some done. */
test("killed with requests of a batch on their way, every message is one document in the end", async () => {
  await using folder = await temporaryFolder();
  await using server = await BulkServer.start();
  const iggy = await IggyProcess.start(`${folder.path}/data`);
  await using _iggy = iggy.process;
  const client = await IggyClient.connect({ address: iggy.address });
  try {
    await client.createStream("s");
    await client.createTopic({ stream: "s", name: "t", partitionsCount: 1 });
    const messages = Array.from({ length: COUNT }, (_, n) => ({ payload: Buffer.from(`{"n":${n}}`) }));
    await client.sendMessages({ stream: "s", topic: "t", messages });
  } finally {
    await client.close();
  }
  const port = await freePort();
  const subject = `type = "sink"\nkey = "subject"\nenabled = true\nversion = 0\nname = "Subject"\npath = "elasticsearch"\n[[streams]]\nstream = "s"\ntopics = ["t"]\nschema = "json"\nbatch_length = ${COUNT}\n[plugin_config]\nurl = "${server.url}"\nindex = "documents"\nbatch_size = 10\nmax_in_flight_requests = 3\n`;
  const connectors = { "subject.toml": subject };
  const config = await writeConfiguration({ folder: folder.path, iggy: iggy.address, port, connectors });

  const plain = server.destination.otherwise;
  assert.ok(typeof plain === "function");
  {
    await using killed = RuntimeProcess.start(config, port);
    server.destination.otherwise = async (request) => {
      const answer = await plain(request);
      if (server.writes < 300) return answer;
      killed.child.kill("SIGKILL");
      return { fault: "stall" };
    };
    assert.equal(await killed.exited, "SIGKILL");
  }
  assert.ok(server.documents.size >= 300 && server.documents.size < COUNT);

  server.destination.otherwise = plain;
  await using runtime = RuntimeProcess.start(config, port);
  await eventually(() => server.documents.size >= COUNT, { what: "every document" });
  assert.equal(await runtime.stop(), 0);
  assert.equal(server.documents.size, COUNT);
  assert.ok(server.writes > COUNT, "some came again, and replaced themselves");
  assert.deepEqual(new Set(server.sources("documents").map((source) => (source as { n: number }).n)).size, COUNT);
});
