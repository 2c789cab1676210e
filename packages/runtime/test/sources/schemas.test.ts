import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Codec, createCodec, prepareDecode } from "@iggy-connectors/codecs";
import { connectSchemaRegistry } from "@iggy-connectors/http";
import type { Schema } from "@iggy-connectors/sdk";
import { makeFrames, SchemaRegistryServer } from "@iggy-connectors/test-support";
import { freePort, HttpDestination } from "@iggy-connectors/testing";
import type { SourceStreamSpec } from "../../src/shared/task/task-spec.ts";
import { FakeIggy } from "../task/fake-iggy.ts";
import { sourceDefinition } from "../task/plugins.ts";
import { RunningTask, taskSpec, until } from "../task/task-harness.ts";

// Invariant 9: what enters a topic can be read by its schema. Every source, with every schema of a stream, as is and transformed.

const ROOT = new URL("../../../../", import.meta.url);
const TELEMETRY = fileURLToPath(new URL("packages/test-support/fixtures/flatbuffer/telemetry.bfbs", ROOT));
const AVRO = JSON.stringify({ type: "record", name: "R", fields: [{ name: "id", type: "long" }] });
const PROTO = 'syntax = "proto3"; message R { int64 id = 1; }';
const JSON_SCHEMA = JSON.stringify({ type: "object", properties: { id: { type: "integer" } }, required: ["id"] });

interface Stream {
  readonly name: string;
  readonly schema: Schema;
  readonly keys: Record<string, unknown>;
}

let folder: string;
let registry: SchemaRegistryServer;
let streams: Stream[];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "iggy-matrix-"));
  registry = await SchemaRegistryServer.start();
  const proto = join(folder, "r.proto");
  await writeFile(proto, PROTO);
  registry.add("json-value", JSON_SCHEMA, "JSON");
  registry.add("avro-value", AVRO);
  registry.add("proto-value", PROTO, "PROTOBUF");
  const registered = (schema: Schema, framing = "confluent"): Stream => ({
    name: `registered ${schema} (${framing})`,
    schema,
    keys: {
      schema_registry: { url: registry.url, subject: `${schema}-value`, auto_register: false, framing, cache: 100 },
    },
  });
  streams = [
    { name: "json", schema: "json", keys: {} },
    { name: "raw", schema: "raw", keys: {} },
    { name: "text", schema: "text", keys: {} },
    { name: "proto of any type", schema: "proto", keys: {} },
    { name: "proto as bytes", schema: "proto", keys: { proto_mode: "raw" } },
    { name: "proto", schema: "proto", keys: { proto_schema_path: proto, proto_message_type: "R" } },
    { name: "flat_buffer", schema: "flat_buffer", keys: { flatbuffer_schema_path: TELEMETRY } },
    { name: "flat_buffer without a schema", schema: "flat_buffer", keys: {} },
    { name: "avro", schema: "avro", keys: { avro_schema_json: AVRO } },
    registered("json"),
    registered("json", "none"),
    registered("avro"),
    registered("avro", "none"),
    registered("proto"),
  ];
});

after(async () => {
  await Promise.all(running.map((task) => task.kill()));
  await registry.close();
  await rm(folder, { recursive: true, force: true });
});

const TRANSFORMS = [{ type: "add_fields", fields: [{ key: "seen", value: { static: true } }] }];

function codecOf({ schema, keys }: Stream): Promise<Codec> {
  return createCodec(schema, keys as SourceStreamSpec["codec"], {
    folders: [],
    topic: "t",
    registry: (options) => connectSchemaRegistry(options, new AbortController().signal),
  });
}

/** What of a topic its schema cannot read. */
async function unreadable(stream: Stream, iggy: FakeIggy): Promise<string[]> {
  const payloads = stored(iggy) === 0 ? [] : iggy.log("s", "t", 0).map(({ payload }) => payload);
  const codec = await codecOf(stream);
  const frames = makeFrames(payloads);
  for (let fetch = prepareDecode(codec, frames, 0); fetch !== undefined; fetch = prepareDecode(codec, frames, 0))
    await fetch(new AbortController().signal);
  return payloads.flatMap((payload) => {
    try {
      codec.decode(payload);
      return codec.accepts(payload, 0, payload.length) ? [] : ["not accepted"];
    } catch (error) {
      return [`${Buffer.from(payload).toString("latin1")}: ${(error as Error).message}`];
    }
  });
}

interface Case {
  readonly source: string;
  readonly config: Record<string, unknown>;
  readonly transformed: boolean;
}

function begin(stream: Stream, { source, config, transformed }: Case, iggy: FakeIggy): RunningTask {
  const base = taskSpec(sourceDefinition(() => ({ poll: async () => ({ messages: [] }) })));
  const checkpoint = { path: join(folder, `${stream.name}-${source}-${transformed}-${nextFile++}.state`), interval: 0 };
  const url = pathToFileURL(join(fileURLToPath(ROOT), "connectors/sources", source, "src/index.ts")).href;
  const task = new RunningTask(
    {
      ...base,
      plugin: { path: source, url },
      pluginConfig: config,
      sourceStreams: [
        { ...base.sourceStreams[0]!, schema: stream.schema, codec: stream.keys as SourceStreamSpec["codec"] },
      ],
      checkpoint,
      workingDirectory: folder,
      transforms: transformed ? TRANSFORMS : undefined,
    },
    iggy,
  );
  running.push(task);
  return task;
}

let nextFile = 0;
/** Also of a test that failed: nothing may keep the process alive. */
const running: RunningTask[] = [];

const count = (iggy: FakeIggy, stream: string, topic: string): number =>
  iggy.topics.has(`${stream}/${topic}`) ? iggy.log(stream, topic, 0).length : 0;
const dead = (iggy: FakeIggy): number => count(iggy, "dead", "letters");
const stored = (iggy: FakeIggy): number => count(iggy, "s", "t");

async function forAll(run: (stream: Stream, transformed: boolean) => Promise<void>): Promise<void> {
  for (const stream of streams) for (const transformed of [false, true]) await run(stream, transformed);
}

const LINES = ['{"id":1}', '{"id":"notanumber"}', "garbage", "{", "12", '"x"', "[1]", "\u00ff", "\x02", "null"];

describe("what enters a topic can be read by its schema", () => {
  for (const format of ["bytes", "json", "text"]) {
    it(`file, lines as ${format}: each line is readable, or a dead letter`, async () => {
      await forAll(async (stream, transformed) => {
        const iggy = new FakeIggy();
        const path = join(folder, `lines-${nextFile++}`);
        const bytes = LINES.map((line) => Buffer.from(line, line === "\u00ff" ? "latin1" : "utf8"));
        await writeFile(path, Buffer.concat(bytes.flatMap((line) => [line, Buffer.from("\n")])));
        const task = begin(stream, { source: "file", config: { path, mode: "once", format }, transformed }, iggy);
        await task.done;
        const at = `${stream.name}, ${transformed ? "transformed" : "as is"}`;
        assert.deepEqual(await unreadable(stream, iggy), [], at);
        assert.equal(stored(iggy) + dead(iggy), LINES.length, at);
        if (stream.name === "json" && format === "bytes") assert.equal(stored(iggy), 6, at);
        if (stream.name === "avro" && format === "json" && !transformed) assert.equal(stored(iggy), 1, at);
      });
    });
  }

  it("http: a request is stored and readable, or refused with the reason", async () => {
    const requests: [string, string | Buffer][] = [
      ["application/json", '{"id":1}'],
      ["application/json", '{"id":"notanumber"}'],
      ["application/json", "[1,2]"],
      ["application/json", "{"],
      ["application/x-ndjson", '{"id":1}\n{"id":"x"}'],
      ["application/x-www-form-urlencoded", "a=1&b=2"],
      ["application/xml", "<a/>"],
      ["text/plain", "{}"],
      ["text/plain", "plain"],
      ["application/octet-stream", Buffer.from([2])],
      ["application/octet-stream", Buffer.from([0xff, 0xfe, 0x00])],
    ];
    await forAll(async (stream, transformed) => {
      const iggy = new FakeIggy();
      const port = await freePort();
      const config = { listen_addr: `127.0.0.1:${port}`, topic_path: "in" };
      const task = begin(stream, { source: "http", config, transformed }, iggy);
      await task.reached(({ state }) => state === "running");
      let taken = 0;
      for (const [type, body] of requests) {
        const at = `${stream.name}, ${transformed ? "transformed" : "as is"}, ${type}: ${body}`;
        const answer = await fetch(`http://127.0.0.1:${port}/topics/in`, {
          method: "POST",
          headers: { "content-type": type },
          body: typeof body === "string" ? body : new Uint8Array(body),
        });
        const { messages = 0, reason } = (await answer.json()) as { messages?: number; reason?: string };
        if (answer.status === 200) taken += messages;
        else assert.ok([400, 415].includes(answer.status) && (reason ?? "").length > 10, at);
        // What a transform makes of a message is known only when it was taken.
        assert.equal(stored(iggy) + dead(iggy), taken, at);
        if (!transformed) assert.equal(dead(iggy), 0, at);
        assert.deepEqual(await unreadable(stream, iggy), [], at);
        const refused = answer.status !== 200;
        if (stream.name === "avro" && body === '{"id":"notanumber"}' && !transformed) assert.equal(answer.status, 400);
        if (stream.name === "json" && /form|xml/.test(type)) assert.equal(answer.status, 415);
        if (stream.name === "raw") assert.equal(refused, body === "{", at);
      }
      await task.stop();
    });
  });

  for (const format of ["json", "text"]) {
    it(`http_poll, ${format}: each record is readable, or a dead letter`, async () => {
      const api = await HttpDestination.start();
      api.otherwise = { body: '[{"id":1},{"id":"notanumber"},12,"x",null]' };
      await forAll(async (stream, transformed) => {
        const iggy = new FakeIggy();
        const config = { url: `${api.url}/x`, format, interval: "1h" };
        const task = begin(stream, { source: "http_poll", config, transformed }, iggy);
        const records = format === "json" ? 5 : 1;
        await until(() => stored(iggy) + dead(iggy) === records);
        assert.deepEqual(await unreadable(stream, iggy), [], `${stream.name}, ${transformed}`);
        await task.kill();
      });
      await api[Symbol.asyncDispose]();
    });
  }

  it("random: each record is readable, or a dead letter", async () => {
    await forAll(async (stream, transformed) => {
      const iggy = new FakeIggy();
      const config = { interval: "1ms", max_count: 5 };
      await begin(stream, { source: "random", config, transformed }, iggy).done;
      assert.deepEqual(await unreadable(stream, iggy), [], `${stream.name}, ${transformed}`);
      assert.equal(stored(iggy) + dead(iggy), 5, `${stream.name}, ${transformed}`);
    });
  });
});
