import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
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

const PLUGIN = fileURLToPath(new URL("../schemas/plugins/values-sink.ts", import.meta.url));

interface Letter {
  readonly stage: string;
  readonly transform: string | null;
  readonly code: string;
  readonly error: string;
  readonly origin: { readonly offset: string };
}

let folder: TemporaryFolder;
let iggy: { process: IggyProcess; address: string };
let client: IggyClient;
let runtime: RuntimeProcess;

const inFolder = (name: string): string => join(folder.path, name);

/** Leaves out what is not ordered, fails on what is broken, and marks the rest. */
const script = (mark: string): string => `import { defineScript } from "@iggy-connectors/sdk";

export default defineScript<{ status: string; mark?: string }>((message) => {
  if (message.value.status === "broken") throw new Error("no such status");
  return message.value.status === "draft" ? null : { value: { ...message.value, mark: "${mark}" } };
});
`;

const connector = (): string => `type = "sink"
key = "orders"
enabled = true
version = 0
name = "orders"
path = "${PLUGIN}"
[[streams]]
stream = "shop"
topics = ["orders"]
schema = "json"
[plugin_config]
out = "${inFolder("out")}"
[[transforms]]
type = "filter"
condition = 'payload.status != "test"'
[[transforms]]
type = "script"
path = "./enrich.ts"
[[transforms]]
type = "explode"
field = "items"
keep = true
[[transforms]]
type = "cast"
name = "numbers"
fields = { "items.n" = "integer" }
[[transforms]]
type = "cast"
on_error = "skip"
fields = { "items.price" = "float" }
`;

const MESSAGES = [
  '{"status":"test"}',
  '{"status":"paid","items":[{"n":"1","price":"2.5"},{"n":2}]}',
  '{"status":"paid","items":[{"n":"3"},{"n":"x"}]}',
  '{"status":"broken","items":[{"n":1}]}',
  "{ no JSON",
  '{"status":"paid","items":[]}',
  '{"status":"draft","items":[{"n":1}]}',
  '{"items":[]}',
  '{"status":"paid","items":[{"n":4,"price":"much"}]}',
];

const send = (...payloads: string[]): Promise<unknown> =>
  client.sendMessages({
    stream: "shop",
    topic: "orders",
    messages: payloads.map((payload) => ({ payload: Buffer.from(payload) })),
  });

function arrived(): unknown[] {
  if (!existsSync(inFolder("out"))) return [];
  const lines = readFileSync(inFolder("out"), "utf8").trimEnd().split("\n");
  return lines.map((line) => (JSON.parse(line) as { value: unknown }).value);
}

async function outcomes(): Promise<Record<string, number>> {
  const metrics = await runtime.get<string>("/metrics");
  const lines = metrics.matchAll(
    /iggy_connector_messages_total\{[^}]*connector_key="orders"[^}]*outcome="(\w+)"[^}]*\} (\d+)/g,
  );
  return Object.fromEntries([...lines].map(([, outcome, count]) => [outcome, Number(count)]));
}

before(async () => {
  folder = await temporaryFolder();
  iggy = await IggyProcess.start(join(folder.path, "data"));
  client = await IggyClient.connect({ address: iggy.address });
  await client.createStream("shop");
  await client.createTopic({ stream: "shop", name: "orders", partitionsCount: 1 });
  const port = await freePort();
  const config = await writeConfiguration({
    folder: folder.path,
    iggy: iggy.address,
    port,
    connectors: { "orders.toml": connector() },
  });
  writeFileSync(inFolder("connectors/enrich.ts"), script("first"));
  runtime = RuntimeProcess.start(config, port);
  await runtime.connectorIn("/sinks/orders", "running");
});

after(async () => {
  await runtime?.[Symbol.asyncDispose]();
  await client?.close();
  await iggy?.process[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

test("every message ends once, and the counters add up to the message", async () => {
  await send(...MESSAGES);
  const expected = { delivered: 1, filtered: 3, skipped: 1, dead_lettered: 4 };
  const counted = await eventually(
    async () => {
      const found = await outcomes();
      return Object.values(found).reduce((sum, count) => sum + count, 0) === MESSAGES.length ? found : undefined;
    },
    { what: "an outcome of every message" },
  );
  assert.deepEqual(counted, expected);
  assert.deepEqual(arrived(), [
    { status: "paid", items: { n: 1, price: 2.5 }, mark: "first" },
    { status: "paid", items: { n: 2 }, mark: "first" },
  ]);
});

test("dead letters name the step by position and type, the field, and the message", async () => {
  const letters = await runtime.get<{ dead_letters: Letter[] }>("/sinks/orders/dead_letters");
  const seen = letters.dead_letters.map(({ stage, transform, code, origin }) => [
    origin.offset,
    stage,
    transform,
    code,
  ]);
  assert.deepEqual(seen.sort(), [
    ["2", "transform", "numbers", "IGC_TRANSFORM_CAST"],
    ["3", "transform", "script", "IGC_TRANSFORM_FAILED"],
    ["4", "decode", null, "IGC_DECODE_JSON"],
    ["7", "transform", "filter", "IGC_TRANSFORM_EXPRESSION"],
  ]);
  const errorOf = (offset: string) => letters.dead_letters.find(({ origin }) => origin.offset === offset)?.error;
  assert.match(errorOf("2") ?? "", /^transforms\[3\] \(cast "numbers"\), field items\.n: /);
  assert.match(errorOf("3") ?? "", /^transforms\[1\] \(script\): no such status$/);
  assert.match(errorOf("7") ?? "", /^transforms\[0\] \(filter\), expression payload\.status/);
});

test("so does the log, with the connector's key", async () => {
  const line = (outcome: string, step: string, offset: number): void => {
    const lines = runtime.output.split("\n").filter((text) => text.includes(`message ${outcome}: ${step}`));
    assert.equal(lines.length, 1, `${outcome} ${step}\n${runtime.output}`);
    assert.match(lines[0]!, /orders/);
    assert.match(lines[0]!, new RegExp(`offset[=":\\s]+${offset}\\b`));
  };
  line("dead-lettered", 'transforms[3] (cast "numbers"), field items.n: ', 2);
  line("skipped", "transforms[4] (cast), field items.price: ", 8);
});

test("a changed script is what the next messages pass", async () => {
  writeFileSync(inFolder("connectors/enrich.ts"), script("second"));
  await eventually(() => runtime.output.includes("its plugin, a script or a schema has changed: restarting"), {
    what: "the restart",
  });
  await runtime.connectorIn("/sinks/orders", "running");
  await send('{"status":"late","items":[{"n":5}]}');
  await eventually(() => arrived().length === 3, { what: "the message after the change" });
  assert.deepEqual(arrived().at(-1), { status: "late", items: { n: 5 }, mark: "second" });
});
