import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { IggyClient } from "@iggy-connectors/client";
import { parseJson, stringifyJson } from "@iggy-connectors/sdk";
import { SchemaRegistryServer } from "@iggy-connectors/test-support";
import {
  eventually,
  freePort,
  IggyProcess,
  RuntimeProcess,
  type TemporaryFolder,
  temporaryFolder,
  writeConfiguration,
} from "@iggy-connectors/testing";

interface Line {
  readonly schema: string;
  readonly value: unknown;
  readonly hex: string;
}

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const FIXTURES = at("../../packages/test-support/fixtures/");
const ORDER_PROTO = `syntax = "proto3";
package shop;
import "money.proto";
message Order { int64 id = 1; string item = 2; Money price = 3; }`;
const MONEY_PROTO = 'syntax = "proto3"; package shop; message Money { sint64 units = 1; }';
const ORDER_AVSC = JSON.stringify({
  type: "record",
  name: "Order",
  fields: [
    { name: "id", type: "long" },
    { name: "total", type: { type: "bytes", logicalType: "decimal", precision: 12, scale: 2 } },
  ],
});

/** Values at the edge of what these types hold. */
const EXACT_AVSC = JSON.stringify({
  type: "record",
  name: "Exact",
  fields: [
    { name: "long", type: "long" },
    { name: "decimal", type: { type: "bytes", logicalType: "decimal", precision: 38, scale: 10 } },
  ],
});
const LARGEST = 2n ** 63n - 1n;

let folder: TemporaryFolder;
let iggy: { process: IggyProcess; address: string };
let client: IggyClient;
let runtime: RuntimeProcess;
let registry: SchemaRegistryServer;

interface Case {
  readonly topic: string;
  /** Lines of the `[[streams]]` entry of both connectors. */
  readonly stream: string;
  readonly produced: readonly unknown[];
  readonly consumed?: readonly unknown[];
}

/** Topics whose bytes are looked at, too. */
const RAW: ReadonlySet<string> = new Set(["proto", "registered_avro", "registered_proto"]);
const NUMBERS = 'schema = "avro"\navro_schema_path = "schemas/order.avsc"\navro_logical = "logical"';
const CASES: readonly Case[] = [
  {
    topic: "proto",
    stream:
      'schema = "proto"\nproto_schema_path = "schemas/order.proto"\nproto_include_paths = ["schemas/include"]\nproto_message_type = "shop.Order"',
    produced: [{ id: "9007199254740993", item: "tea", price: { units: -5 } }, { id: 2 }],
    consumed: [{ id: "9007199254740993", item: "tea", price: { units: "-5" } }, { id: "2" }],
  },
  {
    topic: "avro",
    stream: NUMBERS,
    produced: [{ id: "9007199254740993", total: "1234.50" }],
  },
  {
    topic: "flat",
    stream: 'schema = "flat_buffer"\nflatbuffer_schema_path = "schemas/telemetry.bfbs"\nflatbuffer_int64_as = "string"',
    produced: [{ id: "18446744073709551615", sensor: "boiler", body_type: "TextBody", body: { text: "hi" } }],
  },
  {
    topic: "exact_avro",
    stream:
      'schema = "avro"\navro_schema_path = "schemas/exact.avsc"\navro_logical = "logical"\navro_int64_as = "number"',
    produced: [
      { long: LARGEST, decimal: "9999999999999999999999999999.9999999999" },
      { long: -LARGEST - 1n, decimal: "-1234567890123456789012345678.0000000001" },
    ],
  },
  {
    topic: "exact_proto",
    stream:
      'schema = "proto"\nproto_schema_path = "schemas/order.proto"\nproto_include_paths = ["schemas/include"]\nproto_message_type = "shop.Order"\nproto_int64_as = "number"',
    produced: [{ id: LARGEST, price: { units: -LARGEST - 1n } }],
  },
  {
    topic: "exact_flat",
    stream: 'schema = "flat_buffer"\nflatbuffer_schema_path = "schemas/telemetry.bfbs"',
    produced: [{ id: 2n ** 64n - 1n, sensor: "boiler", i64: -LARGEST - 1n }],
  },
  {
    topic: "exact_json",
    stream: 'schema = "json"',
    produced: [{ id: LARGEST, unsigned: 2n ** 64n - 1n, lowest: -LARGEST - 1n }],
  },
  {
    topic: "registered_avro",
    stream: `${NUMBERS}\n[streams.schema_registry]\nurl = "REGISTRY"\nusername = "me"\npassword = "secret"`,
    produced: [{ id: 7, total: "-0.01" }],
  },
  {
    topic: "registered_proto",
    stream:
      'schema = "proto"\nproto_message_type = "shop.Order"\n[streams.schema_registry]\nurl = "REGISTRY"\nusername = "me"\npassword = "secret"\nsubject = "orders"',
    produced: [{ id: "1", price: { units: "9" } }],
  },
  {
    topic: "registered_json",
    stream: 'schema = "json"\n[streams.schema_registry]\nurl = "REGISTRY"\nusername = "me"\npassword = "secret"',
    produced: [{ n: 1 }, { n: 2 }],
  },
];

function connectors(): Record<string, string> {
  const head = (type: string, key: string, plugin: string) => `type = "${type}"
key = "${key}"
enabled = true
version = 0
name = "${key}"
path = "${at(`./plugins/${plugin}.ts`)}"
[retry]
initial_backoff = "20ms"
max_backoff = "100ms"
`;
  const files: Record<string, string> = {};
  for (const { topic, stream, produced } of CASES) {
    const lines = stream.replace("REGISTRY", registry.url);
    const values = JSON.stringify(produced.map((value) => stringifyJson(value)));
    files[`${topic}-source.toml`] =
      `${head("source", topic, "values-source")}[plugin_config]\nvalues = ${values}\n[[streams]]\nstream = "s"\ntopic = "${topic}"\n${lines}\n`;
    files[`${topic}-sink.toml`] =
      `${head("sink", topic, "values-sink")}[plugin_config]\nout = "${out(topic)}"\n[[streams]]\nstream = "s"\ntopics = ["${topic}"]\n${lines}\n`;
    if (!RAW.has(topic)) continue;
    files[`${topic}-raw.toml`] =
      `${head("sink", `${topic}_raw`, "values-sink")}[plugin_config]\nout = "${out(`${topic}.raw`)}"\n[[streams]]\nstream = "s"\ntopics = ["${topic}"]\nschema = "raw"\n`;
  }
  return files;
}

const out = (name: string) => join(folder.path, `${name}.out`);

function lines(name: string): Line[] {
  if (!existsSync(out(name))) return [];
  const text = readFileSync(out(name), "utf8").trimEnd();
  return text === "" ? [] : text.split("\n").map((line) => parseJson(Buffer.from(line)) as unknown as Line);
}

before(async () => {
  folder = await temporaryFolder();
  iggy = await IggyProcess.start(join(folder.path, "data"));
  client = await IggyClient.connect({ address: iggy.address });
  await client.createStream("s");
  for (const { topic } of CASES) await client.createTopic({ stream: "s", name: topic, partitionsCount: 1 });
  registry = await SchemaRegistryServer.start({
    authorization: `Basic ${Buffer.from("me:secret").toString("base64")}`,
  });
  registry.add("money", MONEY_PROTO, "PROTOBUF");
  registry.add("orders", ORDER_PROTO, "PROTOBUF", [{ name: "money.proto", subject: "money", version: 1 }]);
  registry.add("registered_json-value", JSON.stringify({ properties: { n: { type: "integer" } } }), "JSON");
  registry.failWith = 503;
  const port = await freePort();
  const config = await writeConfiguration({ folder: folder.path, iggy: iggy.address, port, connectors: connectors() });
  const schemas = join(folder.path, "connectors", "schemas");
  mkdirSync(join(schemas, "include"), { recursive: true });
  writeFileSync(join(schemas, "order.proto"), ORDER_PROTO);
  writeFileSync(join(schemas, "include", "money.proto"), MONEY_PROTO);
  writeFileSync(join(schemas, "order.avsc"), ORDER_AVSC);
  writeFileSync(join(schemas, "exact.avsc"), EXACT_AVSC);
  copyFileSync(join(FIXTURES, "flatbuffer", "telemetry.bfbs"), join(schemas, "telemetry.bfbs"));
  runtime = RuntimeProcess.start(config, port);
  await runtime.listening();
});

after(async () => {
  await runtime?.[Symbol.asyncDispose]();
  await registry?.close();
  await client?.close();
  await iggy?.process[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

async function arrives({ topic, produced, consumed = produced }: Case): Promise<void> {
  const needed = RAW.has(topic) ? [topic, `${topic}.raw`] : [topic];
  await eventually(() => needed.every((name) => lines(name).length >= consumed.length), {
    what: `the messages of ${topic}`,
  });
  const arrived = lines(topic);
  assert.deepEqual(
    arrived.map(({ value }) => value),
    consumed,
  );
  for (const { schema, value, hex } of arrived) {
    assert.equal(schema, "json");
    // A sink that takes bytes gets the JSON of the value.
    assert.deepEqual(parseJson(Buffer.from(hex, "hex")), value);
  }
}

for (const one of CASES.filter(({ topic }) => !topic.startsWith("registered"))) {
  test(`${one.topic}: from values to bytes in Iggy and back`, () => arrives(one));
}

test("protobuf is on the wire what it should be", () => {
  assert.equal(lines("proto.raw")[0]?.hex, "088180808080808010" + "1203746561" + "1a020809");
});

test("while the registry is away, sources and sinks wait for it", async () => {
  for (const topic of ["registered_avro", "registered_json"]) {
    const source = await runtime.connectorIn<{ state: string; last_error?: { message: string } }>(
      `/sources/${topic}`,
      "retrying",
    );
    assert.match(source.last_error?.message ?? "", /503/);
    assert.deepEqual(lines(topic), []);
  }
  registry.failWith = 0;
  for (const one of CASES.filter(({ topic }) => topic.startsWith("registered"))) await arrives(one);
  const id = registry.add("registered_avro-value", ORDER_AVSC);
  assert.equal(lines("registered_avro.raw")[0]?.hex, `00${id.toString(16).padStart(8, "0")}0e02ff`);
  assert.match(lines("registered_proto.raw")[0]?.hex ?? "", /^000000000200/);
});

test("a registry that goes away later holds a sink up, and loses nothing", async () => {
  const id = registry.add(
    "elsewhere",
    JSON.stringify({ type: "record", name: "Order", fields: JSON.parse(ORDER_AVSC).fields, doc: "2" }),
  );
  registry.failWith = 500;
  const payload = Buffer.concat([
    Buffer.from([0, 0, 0, 0, id]),
    Buffer.from("100201", "hex"),
    Buffer.from("f4", "hex"),
  ]).subarray(0, 8);
  await client.sendMessages({ stream: "s", topic: "registered_avro", messages: [{ payload }] });
  await runtime.connectorIn("/sinks/registered_avro", "retrying");
  assert.equal(lines("registered_avro").length, 1);
  registry.failWith = 0;
  await eventually(() => lines("registered_avro").length === 2, { what: "the message that waited" });
  assert.deepEqual(lines("registered_avro")[1]?.value, { id: 8, total: "0.01" });
});

test("messages with an unknown id, without framing, or against their schema become dead letters, and their neighbours arrive", async () => {
  const good = Buffer.from(lines("registered_avro.raw")[0]!.hex, "hex");
  const payloads = [Buffer.from("000000270f02", "hex"), Buffer.from("junk"), good.subarray(0, good.length - 1), good];
  await client.sendMessages({
    stream: "s",
    topic: "registered_avro",
    messages: payloads.map((payload) => ({ payload })),
  });
  await eventually(() => lines("registered_avro").length === 3, { what: "the good neighbour" });
  const letters = await eventually(
    async () => {
      const frames = await client.pollMessages({
        consumer: { kind: "consumer", id: 1 },
        stream: "iggy_connectors",
        topic: "dead_letter_sink_registered_avro",
        partition: 0,
        strategy: { kind: "first" },
        count: 10,
      });
      return frames.length === 3 ? frames : undefined;
    },
    { what: "three dead letters" },
  );
  const codes = [0, 1, 2].map((index) => letters.headers(index).get("dead_letter.code")?.value);
  assert.deepEqual(codes, ["IGC_DECODE_SCHEMA_ID", "IGC_DECODE_AVRO", "IGC_DECODE_AVRO"]);
});
