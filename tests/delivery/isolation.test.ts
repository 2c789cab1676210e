import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { IggyClient } from "@iggy-connectors/client";
import {
  eventually,
  freePort,
  IggyProcess,
  RuntimeProcess,
  type TemporaryFolder,
  temporaryFolder,
  writeConfiguration,
} from "@iggy-connectors/testing";

const plugin = fileURLToPath(new URL("./plugins/moody-sink.ts", import.meta.url));

interface ConnectorInfo {
  readonly state: string;
  readonly status: string;
  readonly since: string;
  readonly last_error?: { readonly message: string };
}

let folder: TemporaryFolder;
let iggy: { process: IggyProcess; address: string };
let client: IggyClient;
let runtime: RuntimeProcess;

const file = (name: string): string => join(folder.path, name);

function moody(key: string, schema: string): string {
  return `type = "sink"
key = "${key}"
enabled = true
version = 0
name = "${key}"
path = "${plugin}"
[[streams]]
stream = "moods"
topics = ["${key}"]
schema = "${schema}"
[retry]
initial_backoff = "20ms"
max_backoff = "100ms"
[plugin_config]
out = "${file(`${key}.out`)}"
away = "${file(`${key}.away`)}"
hang = "${file(`${key}.hang`)}"
`;
}

const send = (topic: string, ...payloads: string[]): Promise<unknown> =>
  client.sendMessages({
    stream: "moods",
    topic,
    messages: payloads.map((payload) => ({ payload: Buffer.from(payload) })),
  });

const lines = (key: string): string[] => {
  const path = file(`${key}.out`);
  return existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : [];
};

before(async () => {
  folder = await temporaryFolder();
  iggy = await IggyProcess.start(join(folder.path, "data"));
  client = await IggyClient.connect({ address: iggy.address });
  await client.createStream("moods");
  for (const topic of ["failing", "hanging", "json"])
    await client.createTopic({ stream: "moods", name: topic, partitionsCount: 1 });
  const port = await freePort();
  const config = await writeConfiguration({
    folder: folder.path,
    iggy: iggy.address,
    port,
    connectors: {
      "failing.toml": moody("failing", "raw"),
      "hanging.toml": moody("hanging", "raw"),
      "json.toml": moody("json", "json"),
    },
  });
  runtime = RuntimeProcess.start(config, port);
  for (const key of ["failing", "hanging", "json"]) await runtime.connectorIn(`/sinks/${key}`, "running");
});

after(async () => {
  await runtime?.[Symbol.asyncDispose]();
  await client?.close();
  await iggy?.process[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

test("a sink that fails for a while says so in its state and loses nothing", async () => {
  writeFileSync(file("failing.away"), "");
  await send("failing", "a", "b", "c");
  const failing = await runtime.connectorIn<ConnectorInfo>("/sinks/failing", "retrying");
  assert.equal(failing.status, "error");
  assert.match(failing.last_error?.message ?? "", /the destination is away/);
  assert.deepEqual(lines("failing"), []);
  rmSync(file("failing.away"));
  await runtime.connectorIn("/sinks/failing", "running");
  assert.deepEqual(lines("failing"), ["0 a", "1 b", "2 c"]);
});

test("a sink that hangs stops neither the API nor another connector", async () => {
  writeFileSync(file("hanging.hang"), "");
  await send("hanging", "stuck");
  await send("failing", "d");
  await eventually(() => lines("failing").includes("3 d"), { what: "the other connector's message" });
  assert.deepEqual(await runtime.get("/health"), { status: "healthy" });
  assert.equal((await runtime.get<ConnectorInfo[]>("/sinks")).length, 3);
  assert.deepEqual(lines("hanging"), []);
});

test("a message that is not JSON becomes a dead letter and its neighbours are delivered", async () => {
  await send("json", '{"n":1}', "{ this is not JSON", '{"n":2}');
  await eventually(() => lines("json").length === 2, { what: "the neighbours" });
  assert.deepEqual(lines("json"), ['0 {"n":1}', '2 {"n":2}']);
  const letters = await eventually(
    async () => {
      const frames = await client.pollMessages({
        consumer: { kind: "consumer", id: 1 },
        stream: "iggy_connectors",
        topic: "dead_letter_sink_json",
        partition: 0,
        strategy: { kind: "first" },
        count: 10,
      });
      return frames.length > 0 ? frames : undefined;
    },
    { what: "the dead letter" },
  );
  assert.equal(letters.length, 1);
  assert.equal(Buffer.from(letters.payload(0)).toString(), "{ this is not JSON");
  const headers = letters.headers(0);
  assert.equal(headers.get("dead_letter.connector")?.value, "json");
  assert.equal(headers.get("dead_letter.stage")?.value, "decode");
  assert.equal(headers.get("dead_letter.stream")?.value, "moods");
  assert.equal(headers.get("dead_letter.topic")?.value, "json");
  const offset = headers.get("dead_letter.offset")?.value;
  assert.equal(String(offset), "1");
  await eventually(
    async () =>
      (
        await client.getConsumerOffset({
          consumer: { kind: "group", id: "iggy-connect-sink-json" },
          stream: "moods",
          topic: "json",
          partition: 0,
        })
      )?.storedOffset === 2n,
    { what: "the stored offset behind the dead letter" },
  );
  await eventually(
    async () => {
      const metrics = await runtime.get<string>("/metrics");
      const ended = (outcome: string): string | undefined =>
        new RegExp(
          `iggy_connector_messages_total\\{[^}]*connector_key="json"[^}]*outcome="${outcome}"[^}]*\\} (\\d+)`,
        ).exec(metrics)?.[1];
      return ended("dead_lettered") === "1" && ended("delivered") === "2";
    },
    { what: "one dead-lettered and two delivered messages in the metrics" },
  );
});
