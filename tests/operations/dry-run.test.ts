import assert from "node:assert/strict";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { IggyClient } from "@iggy-connectors/client";
import { SchemaRegistryServer } from "@iggy-connectors/test-support";
import { IggyProcess, Killable, type TemporaryFolder, temporaryFolder } from "@iggy-connectors/testing";

const MAIN = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));

let folder: TemporaryFolder;
let iggy: { process: IggyProcess; address: string };
let client: IggyClient;
let config: string;

before(async () => {
  folder = await temporaryFolder("iggy-dry-run-");
  iggy = await IggyProcess.start(join(folder.path, "data"));
  client = await IggyClient.connect({ address: iggy.address });
  await client.createStream("orders");
  await client.createTopic({ stream: "orders", name: "incoming", partitionsCount: 2 });
  const send = (partition: number, ...payloads: string[]) =>
    client.sendMessages({
      stream: "orders",
      topic: "incoming",
      partitioning: { kind: "partition", partition },
      messages: payloads.map((payload) => ({ payload: Buffer.from(payload) })),
    });
  await send(0, '{"id":1,"card":"4111"}', '{"id":2}', '{"id":3,"test":true}');
  await send(1, "no JSON", '{"id":5,"card":"5222"}');
  await writeFile(join(folder.path, "lines.txt"), '{"id":1,"card":"1"}\n{"id":2}\n');
  config = join(folder.path, "config.toml");
  await writeFile(
    config,
    `[iggy]\naddress = "${iggy.address}"\n[connectors]\nconfig_dir = "${join(folder.path, "c")}"\n[state]\npath = "${join(folder.path, "state")}"\n`,
  );
  await writeConnectors();
});

after(async () => {
  await client?.close();
  await iggy?.process[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

const TRANSFORMS = `
[[transforms]]
type = "filter"
name = "no_tests"
condition = "!has(payload.test)"
[[transforms]]
type = "delete_fields"
name = "no_cards"
fields = ["card"]
`;

const head = (type: string, key: string, path: string): string =>
  `type = "${type}"\nkey = "${key}"\nenabled = true\nversion = 3\nname = "x"\npath = "${path}"\n`;

async function writeConnectors(): Promise<void> {
  const c = join(folder.path, "c");
  await mkdir(c);
  await writeFile(
    join(c, "sink.toml"),
    `${head("sink", "out", "stdout")}[[streams]]\nstream = "orders"\ntopics = ["incoming"]\nschema = "json"\n${TRANSFORMS}`,
  );
  await writeFile(
    join(c, "missing.toml"),
    `${head("sink", "missing", "stdout")}[[streams]]\nstream = "nowhere"\ntopics = ["t"]\nschema = "json"\n`,
  );
  await writeFile(
    join(c, "source.toml"),
    `${head("source", "lines", "file")}[[streams]]\nstream = "made"\ntopic = "by_source"\nschema = "json"\n[plugin_config]\npath = "${join(folder.path, "lines.txt")}"\n${TRANSFORMS}`,
  );
  await writeFile(join(c, "broken.toml"), `${head("sink", "broken", "stdout")}tasks = "many"\n`);
}

async function dryRun(...arguments_: string[]): Promise<{ readonly code: unknown; readonly output: string }> {
  await using child = new Killable(MAIN, { arguments: ["dry-run", ...arguments_, "--config", config] });
  return { code: await child.exited, output: child.output };
}

interface Report {
  readonly messages: readonly {
    readonly partition: number;
    readonly offset: string;
    readonly outcome: string;
    readonly transform: string | null;
    readonly stage: string | null;
    readonly error: { readonly code: string } | null;
    readonly points: readonly { readonly point: string; readonly messages: { payload: { data: string } }[] }[];
  }[];
  readonly summary: Readonly<Record<string, number>>;
  readonly note: string | null;
}

async function report(expected: number, ...arguments_: string[]): Promise<Report> {
  const { code, output } = await dryRun(...arguments_, "--json");
  assert.equal(code, expected, output);
  return JSON.parse(output) as Report;
}

/** Everything that a dry run could leave behind. */
async function traces(): Promise<unknown> {
  const streams = await client.getStreams();
  const groups = await client.getConsumerGroups("orders", "incoming");
  const offset = await client.getConsumerOffset({
    ...{ stream: "orders", topic: "incoming", partition: 0 },
    consumer: { kind: "consumer", id: "iggy-connectors-dry-run" },
  });
  const topics = await Promise.all(
    streams.map(async ({ name }) => (await client.getTopics(name)).map((topic) => [topic.name, topic.messagesCount])),
  );
  const files = await readdir(join(folder.path, "state")).catch(() => []);
  return { streams: streams.map(({ name }) => name), groups, offset, topics, files };
}

describe("a dry run of a sink", () => {
  it("shows each message before and after, and its outcome, and leaves no trace on the server", async () => {
    const untouched = await traces();
    const { messages, summary } = await report(5, "out");
    assert.deepEqual(
      messages.map(({ partition, offset, outcome, transform, stage, error }) => [
        `${partition}@${offset}`,
        outcome,
        transform ?? stage,
        error?.code,
      ]),
      [
        ["0@0", "changed", null, undefined],
        ["0@1", "kept", null, undefined],
        ["0@2", "filtered", "no_tests", undefined],
        ["1@0", "failed", "decode", "IGC_DECODE_JSON"],
        ["1@1", "changed", null, undefined],
      ],
    );
    assert.deepEqual(summary, { kept: 1, changed: 2, filtered: 1, failed: 1 });
    assert.deepEqual(
      messages[0]?.points.map(({ point, messages: [one] }) => [point, one?.payload.data]),
      [
        ["in", '{"id":1,"card":"4111"}'],
        ["no_tests", '{"id":1,"card":"4111"}'],
        ["no_cards", '{"id":1}'],
        ["out", '{"id":1}'],
      ],
    );
    assert.deepEqual(await traces(), untouched);
    assert.deepEqual(untouched, {
      ...{ streams: ["orders"], groups: [], offset: undefined, topics: [[["incoming", 5n]]], files: [] },
    });
  });

  it("prints a diff, without colours if the output is not a terminal", async () => {
    const { code, output } = await dryRun("sink/out", "--messages", "3");
    assert.equal(code, 0, output);
    assert.match(
      output,
      /^orders\/incoming\/0 @0 {2}changed\n {2}\{\n- {3}"id": 1,\n- {3}"card": "4111"\n\+ {3}"id": 1\n {2}\}\n/,
    );
    assert.match(output, /@2 {2}filtered by no_tests/);
    assert.match(output, /3 messages: 1 kept, 1 changed, 1 filtered, 0 failed\. Nothing was delivered or stored\.\n$/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the test is that there is none
    assert.doesNotMatch(output, /\u001b/);
    const verbose = await dryRun("out", "-n", "1", "--verbose");
    assert.match(verbose.output, / {2}no_tests \(unchanged\)\n {2}no_cards\n/);
    const quiet = await dryRun("out", "--quiet");
    assert.match(quiet.output, /^orders\/incoming\/1 @0 {2}failed\n {2}no JSON\n {2}decode: IGC_DECODE_JSON: /);
  });

  it("reads from the given position", async () => {
    const places = async (...more: string[]) =>
      (await report(0, "out", ...more)).messages.map(({ partition, offset }) => `${partition}@${offset}`);
    assert.deepEqual(await places("--from", "last", "-n", "1", "--partition", "1"), ["1@1"]);
    assert.deepEqual(await places("--from", "2", "-n", "1"), ["0@2"]);
    const { messages, note } = await report(0, "out", "--from", "2099-01-01T00:00:00Z");
    assert.deepEqual([messages.length, note], [0, "the topics have no messages there"]);
    assert.equal((await dryRun("out", "--topic", "other")).code, 1);
  });

  it("reads messages from a file", async () => {
    const input = join(folder.path, "input.txt");
    await writeFile(input, '{"card":1}\r\n\n{"a":\n');
    const { messages } = await report(5, "out", "--input", input);
    assert.deepEqual(
      messages.map(({ outcome }) => outcome),
      ["changed", "failed"],
    );
  });
});

describe("a dry run of a source", () => {
  it("polls the source, but sends and stores nothing", async () => {
    const untouched = await traces();
    const { messages } = await report(0, "lines");
    assert.deepEqual(
      messages.map(({ outcome, points }) => [outcome, points.at(-1)?.messages[0]?.payload.data]),
      [
        ["changed", '{"id":1}'],
        ["kept", '{"id":2}'],
      ],
    );
    assert.deepEqual(await traces(), untouched);
  });

  it("says of bytes what a running source does with them", async () => {
    const avro = JSON.stringify({ type: "record", name: "R", fields: [{ name: "id", type: "long" }] });
    const lines = join(folder.path, "json-lines.txt");
    await writeFile(lines, '{"id":1}\n{"id":"notanumber"}\ngarbage\n');
    const stream = (schema: string) => `[[streams]]\nstream = "made"\ntopic = "t"\n${schema}\n`;
    const outcomes = async (schema: string, format: string): Promise<readonly (string | undefined)[]> => {
      await writeFile(
        join(folder.path, "c", "typed.toml"),
        `${head("source", "typed", "file")}${stream(schema)}[plugin_config]\npath = "${lines}"\nformat = "${format}"\n`,
      );
      return (await report(5, "typed")).messages.map(({ outcome, error }) => error?.code ?? outcome);
    };
    assert.deepEqual(await outcomes('schema = "json"', "bytes"), ["kept", "kept", "IGC_DECODE_JSON"]);
    const typed = `schema = "avro"\navro_schema_json = '${avro}'`;
    assert.deepEqual(await outcomes(typed, "bytes"), ["IGC_DECODE_AVRO", "IGC_DECODE_AVRO", "IGC_DECODE_AVRO"]);
    assert.deepEqual(await outcomes(typed, "json"), ["kept", "IGC_SOURCE_ENCODE", "IGC_DECODE_JSON"]);
    const given = await report(5, "typed", "--input", lines);
    assert.deepEqual(
      given.messages.map(({ outcome, error }) => error?.code ?? outcome),
      ["kept", "IGC_SOURCE_ENCODE", "IGC_DECODE_JSON"],
    );
  });

  it("registers no schema", async () => {
    const registry = await SchemaRegistryServer.start();
    try {
      const schema = '{"type":"record","name":"R","fields":[{"name":"id","type":"int"}]}';
      await writeFile(join(folder.path, "r.avsc"), schema);
      await writeFile(
        join(folder.path, "c", "avro.toml"),
        `${head("source", "avro", "file")}[[streams]]\nstream = "made"\ntopic = "t"\nschema = "avro"\navro_schema_path = "${join(folder.path, "r.avsc")}"\n[streams.schema_registry]\nurl = "${registry.url}"\n[plugin_config]\npath = "x"\n`,
      );
      const input = join(folder.path, "one.avro");
      await writeFile(input, Buffer.from([0x02]));
      const { code, output } = await dryRun("avro", "--input", input);
      assert.ok(registry.calls.length > 0, output);
      assert.deepEqual(
        registry.calls.filter((call) => /^POST .*\/versions/.test(call)),
        [],
        String(code),
      );
    } finally {
      await registry.close();
    }
  });

  it("reports that the source returned nothing", async () => {
    await writeFile(join(folder.path, "lines.txt"), "");
    const { messages, note } = await report(0, "source/lines", "--wait", "1");
    assert.deepEqual([messages.length, note], [0, "the source produced nothing within 1000 ms"]);
  });
});

describe("a dry run that fails", () => {
  it("ends with the exit code of its reason", async () => {
    const missing = await dryRun("missing");
    assert.deepEqual([missing.code, /does not exist/.test(missing.output)], [1, true], missing.output);
    const broken = await dryRun("broken");
    assert.equal(broken.code, 3, broken.output);
    assert.match(broken.output, /broken\.toml/);
    const unknown = await dryRun("nobody");
    assert.equal(unknown.code, 1);
    assert.match(unknown.output, /its connectors are .*sink\/out/);
    assert.equal((await dryRun("out", "--from", "yesterday")).code, 2);
    assert.equal((await dryRun("lines", "--from", "7")).code, 2);
    const away = await new Killable(MAIN, {
      arguments: ["dry-run", "out", "--config", config],
      environment: { IGGY_CONNECTORS_IGGY_ADDRESS: "127.0.0.1:1" },
    }).exited;
    assert.equal(away, 4);
  });
});
