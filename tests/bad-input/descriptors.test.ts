import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
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

/** Sets how many descriptors a running process may have open. */
function limitDescriptors(pid: number, limit: number): boolean {
  return spawnSync("prlimit", [`--pid=${pid}`, `--nofile=${limit}:`]).status === 0;
}

const PARTITIONS = 12;
const ALL = ["/sinks/file", "/sources/poll", "/sources/random"];

test("used up descriptors: what needs one is repeated and says so, nothing is lost, and all continues when there are some", {
  skip:
    spawnSync("prlimit", ["--version"]).status === 0
      ? false
      : "this system cannot limit the descriptors of a running process",
  timeout: 120_000,
}, async (t) => {
  await using folder = await temporaryFolder();
  const iggy = await IggyProcess.start(join(folder.path, "data"));
  await using _server = iggy.process;
  const client = await IggyClient.connect({ address: iggy.address });
  t.after(() => client.close());
  await client.createStream("many");
  await client.createTopic({ stream: "many", name: "parts", partitionsCount: PARTITIONS });

  // Each answer closes its connection, so that every poll needs a descriptor.
  let next = 0;
  const origin = createServer((_request, response) => {
    response.setHeader("connection", "close");
    response.end(JSON.stringify([{ id: next++ }]));
  });
  await new Promise<void>((resolve) => origin.listen(0, "127.0.0.1", resolve));
  t.after(() => origin.close());

  const port = await freePort();
  const output = join(folder.path, "output");
  const retry = `[retry]
initial_backoff = "20ms"
max_backoff = "100ms"
`;
  const config = await writeConfiguration({
    folder: folder.path,
    iggy: iggy.address,
    port,
    extra: `[connectors.restart]
initial_backoff = "50ms"
max_backoff = "200ms"
`,
    connectors: {
      "file.toml": `type = "sink"
key = "file"
enabled = true
version = 0
name = "File"
path = "file"
flush_interval = "50ms"
${retry}[[streams]]
stream = "many"
topics = ["parts"]
schema = "raw"
[plugin_config]
path = "${output}"
format = "raw"
`,
      "poll.toml": `type = "source"
key = "poll"
enabled = true
version = 0
name = "Poll"
path = "http_poll"
${retry}[[streams]]
stream = "many"
topic = "polled"
schema = "json"
[plugin_config]
url = "http://127.0.0.1:${(origin.address() as AddressInfo).port}/"
interval = "50ms"
`,
      "random.toml": `type = "source"
key = "random"
enabled = true
version = 0
name = "Random"
path = "random"
${retry}[[streams]]
stream = "many"
topic = "random"
schema = "json"
[plugin_config]
interval = "20ms"
messages_range = [1, 2]
`,
    },
  });
  await using runtime = RuntimeProcess.start(config, port);
  for (const path of ALL) await runtime.connectorIn(path, "running");
  const checkpoint = (): number => {
    const text = readFileSync(join(folder.path, "state", "source_random.state"), "utf8");
    return JSON.parse(text).checkpoint.messages_produced;
  };
  await eventually(() => checkpoint() > 0, { what: "a first checkpoint" });
  const pid = runtime.child.pid!;
  assert.ok(limitDescriptors(pid, readdirSync(`/proc/${pid}/fd`).length + 3));
  // Connections to the API take what is left; those that find none are closed, so that no client waits for an answer.
  const idle = Array.from({ length: 40 }, () =>
    connect(port, "127.0.0.1")
      .on("error", () => {})
      .resume(),
  );
  t.after(() => {
    for (const socket of idle) socket.destroy();
  });
  await eventually(() => idle.some(({ closed }) => closed), { what: "a connection that is refused" });
  const expected: string[] = [];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const lines = Array.from({ length: 20 }, (_, index) => `${partition}-${index}`);
    expected.push(...lines);
    await client.sendMessages({
      stream: "many",
      topic: "parts",
      partitioning: { kind: "partition", partition },
      messages: lines.map((line) => ({ payload: Buffer.from(line) })),
    });
  }
  // What the log says of the state of each: the API may have no descriptor for a connection of ours.
  for (const said of [
    /sink file is retrying .*code="IGC_SINK_FILE_DESCRIPTORS".*raise the limit of open files/,
    /source random is retrying .*code="IGC_STATE_DESCRIPTORS".*raise the limit of open files/,
    /source poll is retrying .*code="IGC_HTTP_DESCRIPTORS".*raise the limit of open files/,
  ]) {
    await eventually(() => said.test(runtime.output), { what: String(said) });
  }
  const produced = checkpoint();

  for (const socket of idle) socket.destroy();
  assert.ok(limitDescriptors(pid, 1024));
  for (const path of ALL) await runtime.connectorIn(path, "running");
  const written = (): string[] =>
    globSync(join(output, "**", "*.txt")).flatMap((file) => readFileSync(file, "utf8").split("\n").filter(Boolean));
  await eventually(() => written().length >= expected.length, { what: "all lines" });
  assert.deepEqual(written().sort(), expected.sort());
  await eventually(() => checkpoint() > produced, { what: "a later checkpoint" });
  assert.equal(await runtime.stop(), 0);
});
