import assert from "node:assert/strict";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
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

let folder: TemporaryFolder;
let iggy: { process: IggyProcess; address: string };
let client: IggyClient;
let runs = 0;

before(async () => {
  folder = await temporaryFolder("iggy-original-");
  iggy = await IggyProcess.start(join(folder.path, "data"));
  client = await IggyClient.connect({ address: iggy.address });
  await client.createStream("test_stream");
});

after(async () => {
  await client?.close();
  await iggy?.process[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

/** As the original writes them: the path is the original's library. */
const stdout = (key: string, topic: string, more = ""): string => `type = "sink"
key = "${key}"
enabled = true
version = 0
name = "Stdout sink"
path = "target/release/libiggy_connector_stdout_sink"
${more}
[[streams]]
stream = "test_stream"
topics = ["${topic}"]
schema = "json"
batch_length = 50
poll_interval = "5ms"
consumer_group = "${key}"
[plugin_config]
print_payload = false
`;
const random = (key: string, topic: string, more = ""): string => `type = "source"
key = "${key}"
enabled = true
version = 0
name = "Random source"
path = "target/release/libiggy_connector_random_source"
${more}
[[streams]]
stream = "test_stream"
topic = "${topic}"
schema = "json"
batch_length = 50
linger_time = "5ms"
[plugin_config]
interval = "50ms"
messages_range = [3, 5]
payload_size = 100
`;

interface Run {
  readonly runtime: RuntimeProcess;
  readonly home: string;
  readonly topic: string;
}

async function start(
  connectors: (topic: string) => Record<string, string>,
  { extra = "", environment = {} }: { readonly extra?: string; readonly environment?: NodeJS.ProcessEnv } = {},
): Promise<Run> {
  const topic = `topic_${runs++}`;
  await client.createTopic({ stream: "test_stream", name: topic, partitionsCount: 1 });
  const home = join(folder.path, topic);
  await mkdir(home);
  const port = await freePort();
  const config = await writeConfiguration({
    folder: home,
    iggy: iggy.address,
    port,
    connectors: connectors(topic),
    extra,
  });
  return { runtime: RuntimeProcess.start(config, port, environment), home, topic };
}

type Fields = Readonly<Record<string, string | number | boolean>>;

/** The benchmark events of text lines, as a reader of the original's log takes them apart. */
function benchmarkEvents(output: string): { readonly sinks: Fields[]; readonly sources: Fields[] } {
  const events = [...output.matchAll(/iggy_connectors::benchmark: benchmark (.+)$/gm)].map(([, text]) =>
    Object.fromEntries(
      [...text!.matchAll(/(\w+)=("(?:[^"\\]|\\.)*"|\S+)/g)].map(([, name, value]) => [name!, JSON.parse(value!)]),
    ),
  );
  return {
    sinks: events.filter((event) => event.connector_type === "sink"),
    sources: events.filter((event) => event.connector_type === "source"),
  };
}

const SINK_FIELDS = [
  "connector_type",
  "connector_key",
  "stream",
  "topic",
  "partition_id",
  "current_offset",
  "batch_size",
  "processed_count",
  "decode_us",
  "prepare_us",
  "ffi_us",
  "total_us",
];
const SOURCE_FIELDS = [
  "connector_type",
  "connector_key",
  "stream",
  "topic",
  "batch_size",
  "sent_count",
  "decode_us",
  "prepare_us",
  "iggy_send_us",
  "state_saved",
  "state_save_us",
  "total_us",
];

const numbers = (event: Fields, ...names: string[]): number =>
  names.reduce((sum, name) => sum + Number(event[name]), 0);
const both = (topic: string, more = "", suffix = "bench") => ({
  "sink.toml": stdout(`stdout_${suffix}`, topic, more),
  "source.toml": random(`random_${suffix}`, topic, more),
});
const sample = (metrics: string, type: string, stage: string): number => {
  const pattern = new RegExp(
    `iggy_connector_stage_duration_seconds_count\\{[^}]*connector_type="${type}"[^}]*stage="${stage}"[^}]*\\} (\\d+)`,
  );
  return Number(pattern.exec(metrics)?.[1] ?? 0);
};

describe("the original's runtime tests", () => {
  it("without connectors: the original's answers, with a key and without", async () => {
    const { runtime } = await start(() => ({ ".gitkeep": "" }), {
      environment: { IGGY_CONNECTORS_HTTP_API_KEY: "test-api-key" },
    });
    await using running = runtime;
    await running.listening();
    const ask = async (path: string, key?: string) => {
      const reply = await fetch(running.api + path, { headers: key === undefined ? {} : { "api-key": key } });
      return { status: reply.status, text: await reply.text() };
    };
    assert.deepEqual(await ask("/"), { status: 200, text: "Connector Runtime API" });
    assert.deepEqual(await ask("/health"), { status: 200, text: '{"status":"healthy"}' });
    for (const path of ["/stats", "/metrics", "/sources", "/sinks"]) {
      assert.equal((await ask(path)).status, 401, path);
      assert.equal((await ask(path, "wrong")).status, 401, path);
    }
    for (const path of ["/sources", "/sinks"])
      assert.deepEqual(await ask(path, "test-api-key"), { status: 200, text: "[]" });
    const stats = JSON.parse((await ask("/stats", "test-api-key")).text) as Record<string, unknown>;
    assert.ok(Number(stats.process_id) > 0);
    assert.deepEqual(stats.connectors, []);
    for (const name of ["sources_total", "sources_running", "sinks_total", "sinks_running"]) {
      assert.equal(stats[name], 0);
      assert.match((await ask("/metrics", "test-api-key")).text, new RegExp(`^iggy_connectors_${name} 0$`, "m"));
    }
  });

  it("with benchmark both kinds log one event per batch, with the original's fields and within the batch sizes", async () => {
    const { runtime, topic } = await start((name) => both(name, "benchmark = true"));
    await using running = runtime;
    const { sinks, sources } = await eventually(() => {
      const events = benchmarkEvents(running.output);
      return events.sinks.length > 3 && events.sources.length > 3 ? events : undefined;
    });
    assert.match(running.output, /Benchmark mode enabled for sink connector.*stdout_bench/);
    assert.match(running.output, /Benchmark mode enabled for source connector.*random_bench/);
    for (const event of sinks) {
      assert.deepEqual(Object.keys(event).sort(), [...SINK_FIELDS].sort());
      assert.deepEqual([event.connector_key, event.stream, event.topic], ["stdout_bench", "test_stream", topic]);
      const size = Number(event.batch_size);
      assert.ok(size > 0 && size <= 50);
      assert.ok(Number(event.processed_count) <= size);
      assert.ok(Number(event.total_us) > 0);
      assert.ok(numbers(event, "decode_us", "prepare_us", "ffi_us") <= Number(event.total_us) + 100);
    }
    for (const event of sources) {
      assert.deepEqual(Object.keys(event).sort(), [...SOURCE_FIELDS].sort());
      assert.deepEqual([event.connector_key, event.stream, event.topic], ["random_bench", "test_stream", topic]);
      assert.ok(Number(event.batch_size) >= 3 && Number(event.batch_size) <= 5);
      assert.ok(Number(event.sent_count) <= Number(event.batch_size));
      assert.equal(typeof event.state_saved, "boolean");
      assert.ok(
        numbers(event, "decode_us", "prepare_us", "iggy_send_us", "state_save_us") <= Number(event.total_us) + 100,
      );
    }
  });

  it("without benchmark there are no events, but the histograms are there all the same", async () => {
    const { runtime } = await start((topic) => both(topic, "", "quiet"));
    await using running = runtime;
    const metrics = await eventually(async () => {
      const text = await running.get<string>("/metrics").catch(() => "");
      const pairs = [
        ["sink", "total"],
        ["sink", "ffi"],
        ["source", "total"],
        ["source", "iggy_send"],
      ] as const;
      return pairs.every(([type, stage]) => sample(text, type, stage) > 0) ? text : undefined;
    });
    assert.ok(!metrics.includes("_total_total"));
    assert.match(running.output, /INFO/);
    assert.doesNotMatch(running.output, /iggy_connectors::benchmark|Benchmark mode enabled/);
  });

  it("the environment turns benchmark on where the files say no", async () => {
    const environment = {
      IGGY_CONNECTORS_SINK_STDOUT_OFF_BENCHMARK: "true",
      IGGY_CONNECTORS_SOURCE_RANDOM_OFF_BENCHMARK: "true",
    };
    const { runtime } = await start((topic) => both(topic, "benchmark = false", "off"), { environment });
    await using running = runtime;
    await eventually(() => {
      const { sinks, sources } = benchmarkEvents(running.output);
      return (
        sinks.some((event) => event.connector_key === "stdout_off") &&
        sources.some((event) => event.connector_key === "random_off")
      );
    });
  });

  it("as JSON an event is one object with the target and typed fields; RUST_LOG may ask for nothing else", async () => {
    const { runtime } = await start((topic) => both(topic, "benchmark = true"), {
      extra: '[logging]\nformat = "json"',
      environment: { RUST_LOG: "iggy_connectors::benchmark=info" },
    });
    await using running = runtime;
    const lines = await eventually(() => {
      const events = running.output
        .split("\n")
        .slice(0, -1)
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line));
      const kinds = new Set(events.map(({ fields }) => fields.connector_type));
      return kinds.has("sink") && kinds.has("source") ? events : undefined;
    });
    for (const { target, fields } of lines as { target: string; fields: Fields }[]) {
      assert.equal(target, "iggy_connectors::benchmark");
      const { message, ...rest } = fields;
      assert.equal(message, "benchmark");
      assert.deepEqual(
        Object.keys(rest).sort(),
        [...(rest.connector_type === "sink" ? SINK_FIELDS : SOURCE_FIELDS)].sort(),
      );
      for (const [name, value] of Object.entries(rest)) if (name.endsWith("_us")) assert.equal(typeof value, "number");
    }
  });

  it("the stdout sink consumes one message and a hundred, and the statistics say so", async () => {
    const { runtime, topic } = await start((name) => ({ "stdout.toml": stdout("stdout", name) }));
    await using running = runtime;
    await running.connectorIn("/sinks/stdout", "running");
    const messages = Array.from({ length: 100 }, (_, index) => ({
      payload: Buffer.from(JSON.stringify({ id: index })),
    }));
    await client.sendMessages({ stream: "test_stream", topic, messages });
    const stats = await eventually(async () => {
      const found = await running.get<{ sinks_total: number; sinks_running: number; connectors: Fields[] }>("/stats");
      return found.connectors[0]?.messages_processed === 100 ? found : undefined;
    });
    assert.deepEqual([stats.sinks_total, stats.sinks_running, stats.connectors.length], [1, 1, 1]);
    const { key, connector_type, status } = stats.connectors[0]!;
    assert.deepEqual([key, connector_type, status], ["stdout", "sink", "running"]);
    const sinks = await running.get<Fields[]>("/sinks");
    assert.deepEqual(
      sinks.map(({ key: name, enabled, status: state, last_error }) => [name, enabled, state, last_error]),
      [["stdout", true, "running", undefined]],
    );
  });

  it("the random source produces; when its state cannot be saved it says so, keeps the old one, and recovers by itself", async () => {
    const { runtime, home, topic } = await start((name) => ({ "random.toml": random("random", name) }));
    await using running = runtime;
    const state = join(home, "state");
    const file = join(state, "source_random.state");
    await eventually(() => readFile(file).catch(() => undefined), { what: "the state file" });
    assert.ok(((await client.getTopic("test_stream", topic))?.messagesCount ?? 0n) > 0n);
    const errors = async (): Promise<number> => {
      const { connectors } = await running.get<{ connectors: { errors: number }[] }>("/stats");
      return connectors[0]!.errors;
    };
    const before = await errors();
    await rename(state, `${state}-away`);
    // A file in its place: nobody can make the folder again.
    await writeFile(state, "");
    await eventually(
      async () => (await running.get<Fields>("/sources/random")).status === "error" && (await errors()) > before,
    );
    const kept = await readFile(join(`${state}-away`, "source_random.state"));
    const failed = await errors();
    await eventually(async () => (await errors()) > failed, { what: "one more attempt" });
    assert.deepEqual(await readFile(join(`${state}-away`, "source_random.state")), kept);
    await rm(state);
    await rename(`${state}-away`, state);
    await eventually(async () => !(await readFile(file)).equals(kept), { what: "the state moves again" });
    await eventually(async () => (await running.get<Fields>("/sources/random")).status === "running");
  });
});
