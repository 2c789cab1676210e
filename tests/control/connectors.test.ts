import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
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

/** Connectors that come, change and go over the API and by their files, on a real server with real plugins. */

interface Status {
  readonly state: string;
  readonly version: number;
  readonly tasks: readonly { readonly state: string }[];
  readonly counters: { readonly delivered: number; readonly sent: number };
}

let folder: TemporaryFolder;
let iggy: { process: IggyProcess; address: string };
let client: IggyClient;
let runtime: RuntimeProcess;

before(async () => {
  folder = await temporaryFolder();
  iggy = await IggyProcess.start(join(folder.path, "data"));
  client = await IggyClient.connect({ address: iggy.address });
  await client.createStream("control");
  await client.createTopic({ stream: "control", name: "in", partitionsCount: 4 });
  const port = await freePort();
  const config = await writeConfiguration({ folder: folder.path, iggy: iggy.address, port, connectors: {} });
  runtime = RuntimeProcess.start(config, port);
  await eventually(() => runtime.get("/health"));
});

after(async () => {
  assert.equal(await runtime?.stop(), 0);
  await client?.close();
  await iggy?.process[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

async function ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const reply = await fetch(`${runtime.api}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    signal: AbortSignal.timeout(60_000),
  });
  const text = await reply.text();
  return { status: reply.status, body: text === "" ? undefined : JSON.parse(text) };
}

const sink = (changes: Record<string, unknown> = {}) => ({
  enabled: true,
  name: "Live",
  path: "target/release/libiggy_connector_stdout_sink",
  tasks: 2,
  streams: [{ stream: "control", topics: ["in"], schema: "json", batch_length: 10, consumer_group: "live" }],
  plugin_config: { print_payload: false },
  ...changes,
});

/** Spread over the topic's partitions. */
async function send(count: number): Promise<void> {
  for (let part = 0; part < 4; part++) {
    const messages = Array.from({ length: count / 4 }, (_, index) => ({ payload: Buffer.from(`{"n":${index}}`) }));
    await client.sendMessages({ stream: "control", topic: "in", messages });
  }
}

const status = () => runtime.get<Status>("/sinks/live/status");
const delivered = (count: number) =>
  eventually(async () => (await status()).counters.delivered === count, { what: `${count} delivered` });

test("a connector that is created by one request delivers with all its tasks", async () => {
  const created = await ask("PUT", "/sinks/live", sink());
  assert.equal(created.status, 200, JSON.stringify(created.body));
  const { outcome, state, version } = created.body as Record<string, unknown>;
  assert.deepEqual({ outcome, state, version }, { outcome: "created", state: "running", version: 0 });
  await send(400);
  await delivered(400);
  assert.deepEqual(
    (await status()).tasks.map((task) => task.state),
    ["running", "running"],
  );
});

test("while it is paused nothing is delivered, and nothing is lost", async () => {
  assert.equal((await ask("POST", "/sinks/live/pause")).status, 204);
  await send(100);
  assert.equal((await status()).state, "paused");
  const group = await client.getConsumerGroup("control", "in", "live");
  assert.equal(group?.membersCount, 0, "it has left its group");
  assert.equal((await status()).counters.delivered, 400);
  assert.equal((await ask("POST", "/sinks/live/resume")).status, 204);
  await delivered(500);
});

test("a changed file replaces it where it stopped", async () => {
  const file = join(folder.path, "connectors", "sink_live_0.toml");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace("tasks = 2", "tasks = 1"));
  await eventually(async () => {
    const { tasks, state } = await status();
    return tasks.length === 1 && state === "running";
  });
  await send(100);
  await delivered(600);
});

test("restarts that are asked for at once are one, and delivery goes on", async () => {
  const replies = await Promise.all(Array.from({ length: 5 }, () => ask("POST", "/sinks/live/restart")));
  assert.deepEqual(
    replies.map((reply) => reply.status),
    [204, 204, 204, 204, 204],
  );
  await send(100);
  await delivered(700);
});

test("a configuration is checked down to its plugin, without running it", async () => {
  const good = await ask("POST", "/sinks/validate?connect=true", sink());
  const { valid } = good.body as { valid: boolean };
  assert.equal(valid, true, JSON.stringify(good.body));
  const bad = await ask("POST", "/sinks/validate", sink({ plugin_config: { print_payload: "maybe", prnt: 1 } }));
  const { valid: badValid, findings } = bad.body as { valid: boolean; findings: { key: string; fix: string }[] };
  assert.equal(badValid, false);
  assert.deepEqual(findings.map(({ key }) => key).sort(), ["plugin_config.print_payload", "plugin_config.prnt"]);
});

test("installed connectors and their schemas are told", async () => {
  const plugins = await runtime.get<{ type: string; name: string }[]>("/plugins");
  assert.ok(plugins.some(({ type, name }) => type === "sink" && name === "stdout"));
  const plugin = await runtime.get<{ config_schema: { properties: object } }>("/plugins/sinks/stdout");
  assert.ok("print_payload" in plugin.config_schema.properties);
  const schema = await runtime.get<{ title: string }>("/schemas/sinks/stdout.json");
  assert.equal(schema.title, "Iggy Connectors: sink stdout");
  assert.equal((await ask("GET", "/plugins/sinks/nothing")).status, 404);
});

test("a deleted connector leaves nothing behind that it was asked to take along", async () => {
  assert.equal((await ask("DELETE", "/sinks/live?purge=offsets,dead_letters")).status, 204);
  assert.equal((await ask("GET", "/sinks/live")).status, 404);
  assert.equal(await client.getConsumerGroup("control", "in", "live"), undefined);
  const names = await readdir(join(folder.path, "connectors"));
  assert.deepEqual(
    names.filter((name) => name.includes("live")),
    [],
  );

  const source = {
    enabled: true,
    name: "Made",
    path: "random",
    streams: [{ stream: "control", topic: "out", schema: "json" }],
    plugin_config: { interval: "10ms", messages_range: [1, 2] },
  };
  assert.equal((await ask("PUT", "/sources/made", source)).status, 200);
  const state = join(folder.path, "state", "source_made.state");
  await eventually(() => existsSync(state));
  assert.equal((await ask("DELETE", "/sources/made?purge=state")).status, 204);
  assert.equal(existsSync(state), false);
  assert.deepEqual(await runtime.get("/sources"), []);
});
