import assert from "node:assert/strict";
import { test } from "node:test";
import { BulkServer } from "@iggy-connectors/test-support";
import { eventually, TestEnvironment } from "@iggy-connectors/testing";

const COUNT = 1000;

/** The kit kills between the runtime's steps; this is in the middle of a batch, with requests on their way and some done. */
test("killed with requests of a batch on their way, every message is one document in the end", async () => {
  await using environment = await TestEnvironment.start();
  await using server = await BulkServer.start();
  await environment.send(
    "s",
    "t",
    Array.from({ length: COUNT }, (_, n) => `{"n":${n}}`),
  );
  const subject = `type = "sink"\nkey = "subject"\nenabled = true\nversion = 0\nname = "Subject"\npath = "elasticsearch"\n[[streams]]\nstream = "s"\ntopics = ["t"]\nschema = "json"\nbatch_length = ${COUNT}\n[plugin_config]\nurl = "${server.url}"\nindex = "documents"\nbatch_size = 10\nmax_in_flight_requests = 3\n`;
  const connectors = { "subject.toml": subject };

  const plain = server.destination.otherwise;
  assert.ok(typeof plain === "function");
  {
    await using killed = await environment.runtime(connectors);
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
  await using runtime = await environment.runtime(connectors);
  await eventually(() => server.documents.size >= COUNT, { what: "every document" });
  assert.equal(await runtime.stop(), 0);
  assert.equal(server.documents.size, COUNT);
  assert.ok(server.writes > COUNT, "some came again, and replaced themselves");
  assert.deepEqual(new Set(server.sources("documents").map((source) => (source as { n: number }).n)).size, COUNT);
});
