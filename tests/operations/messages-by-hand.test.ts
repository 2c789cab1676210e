import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { IggyClient } from "@iggy-connectors/client";
import { eventually, IggyProcess, type TemporaryFolder, temporaryFolder } from "@iggy-connectors/testing";

const MAIN = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));

let folder: TemporaryFolder;
let iggy: { process: IggyProcess; address: string };

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly error: string;
}

function start(...command: readonly string[]) {
  return spawn(process.execPath, [...process.execArgv, MAIN, ...command], {
    cwd: folder.path,
    env: { ...process.env, NO_COLOR: "1", IGGY_CONNECTORS_IGGY_ADDRESS: iggy.address },
  });
}

async function run(command: readonly string[], input = ""): Promise<Ended> {
  const child = start(...command);
  child.stdin.end(input);
  const [output, error, [code]] = await Promise.all([
    readAll(child.stdout),
    readAll(child.stderr),
    once(child, "exit"),
  ]);
  return { code: code as number, output, error };
}

/** What a command prints that must succeed. */
async function printed(command: readonly string[], input = ""): Promise<string> {
  const { code, output, error } = await run(command, input);
  assert.equal(code, 0, error);
  return output;
}

const payloads = (...more: readonly string[]): Promise<string> => printed(["consume", ...more, "--payload-only"]);

before(async () => {
  folder = await temporaryFolder("by-hand");
  iggy = await IggyProcess.start(join(folder.path, "iggy"));
});

after(async () => {
  await iggy.process.stop();
  await folder[Symbol.asyncDispose]();
});

describe("topics by hand", () => {
  it("are created with their stream, listed and deleted", async () => {
    await printed(["topic", "create", "shop", "orders", "--partitions", "3", "--message-expiry", "7d"]);
    const listed = JSON.parse(await printed(["topic", "list", "--json"]));
    assert.deepEqual(listed, [{ stream: "shop", topic: "orders", partitions: 3, messages: 0, bytes: 0 }]);
    await using client = await IggyClient.connect({ address: iggy.address, username: "iggy", password: "iggy" });
    assert.equal((await client.getTopic("shop", "orders"))?.messageExpiry, 7n * 86_400_000_000n);

    const again = await run(["topic", "create", "shop", "orders"]);
    assert.deepEqual([again.code, again.output], [1, ""]);
    assert.match(again.error, /^IGC_IGGY_TOPIC_NAME_ALREADY_EXISTS: topic shop\/orders exists/);

    assert.equal((await run(["topic", "delete", "shop", "orders"])).code, 2, "only when it is confirmed");
    await printed(["topic", "delete", "shop", "orders", "--yes"]);
    assert.deepEqual(JSON.parse(await printed(["topic", "list", "shop", "--json"])), []);
    assert.match((await run(["topic", "delete", "shop", "orders", "--yes"])).error, /topic list/);
  });

  it("a bad value names its option, and nothing is created", async () => {
    const bad = [
      ["--partitions", "none"],
      ["--message-expiry", "10x"],
      ["--max-size", "much"],
    ] as const;
    for (const [option, value] of bad) {
      const { code, error } = await run(["topic", "create", "bad", "topic", option, value]);
      assert.equal(code, 2, error);
      assert.ok(error.includes(`(${option}): `), error);
    }
    assert.match((await run(["topic", "list", "bad"])).error, /stream bad does not exist/);
  });
});

describe("messages by hand", () => {
  it("arguments become messages, and a missing topic is created when asked for", async () => {
    const missing = await run(["produce", "made", "topic", "one"]);
    assert.equal(missing.code, 1);
    assert.match(missing.error, /^IGC_IGGY_TOPIC_MISSING: topic made\/topic does not exist\n {2}add --create/);
    assert.equal(
      await printed(["produce", "made", "topic", "one", "two", "--create"]),
      "2 messages sent to made/topic\n",
    );
    assert.equal(await payloads("made", "topic"), "one\ntwo\n");
  });

  it("lines of standard input keep their bytes; blank ones and line ends are left out", async () => {
    await printed(["topic", "create", "lines", "in"]);
    const many = Array.from({ length: 20_000 }, (_, index) => `line ${index} ${"ü".repeat(index % 50)}`);
    await printed(["produce", "lines", "in", "-q"], `${many.join("\r\n")}\n\n\nlast without a line end`);
    assert.equal(await payloads("lines", "in"), `${[...many, "last without a line end"].join("\n")}\n`);
  });

  it("headers, keys and partitions", async () => {
    await printed(["topic", "create", "placed", "topic", "--partitions", "4"]);
    await printed([
      "produce",
      "placed",
      "topic",
      "a",
      "b",
      "c",
      "--key",
      "customer 7",
      "--header",
      "k=v=w",
      "--header",
      "n=1",
    ]);
    await printed(["produce", "placed", "topic", "third", "--partition", "3"]);
    const read = (await printed(["consume", "placed", "topic", "--json"]))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const keyed = read.filter(({ headers }) => headers.k === "v=w" && headers.n === "1");
    assert.deepEqual(
      keyed.map(({ payload }) => payload.data),
      ["a", "b", "c"],
    );
    assert.equal(new Set(keyed.map(({ partition }) => partition)).size, 1, "one key, one partition");
    assert.deepEqual((await payloads("placed", "topic", "--partition", "3", "--from", "last")).trimEnd(), "third");
    const none = await run(["produce", "placed", "topic", "x", "--partition", "4"]);
    assert.match(none.error, /^\(--partition\): the topic has no partition 4\n {2}its partitions are 0, 1, 2, 3/);
    for (const wrong of [
      ["--header", "novalue"],
      ["--key", "x".repeat(256)],
      ["--partition", "-1"],
    ]) {
      assert.equal((await run(["produce", "placed", "topic", "x", ...wrong])).code, 2, wrong.join(" "));
    }
  });

  it("JSON is checked and sent as it was written; what was read before a bad line is there", async () => {
    await printed(["topic", "create", "json", "topic"]);
    const exact = '{"b":1.10, "a":12345678901234567890,"a":2}';
    const { code, output, error } = await run(
      ["produce", "json", "topic", "--schema", "json"],
      `${exact}\n{"x":\n{}\n`,
    );
    assert.deepEqual([code, output], [1, "1 messages sent to json/topic\n"]);
    assert.match(error, /^IGC_DECODE_JSON \(standard input:2\): .*the messages before it were sent/);
    assert.equal(await payloads("json", "topic"), `${exact}\n`);
    assert.equal(await payloads("json", "topic", "--schema", "json"), `${exact}\n`);
  });

  it("Avro and Protobuf are written from JSON and read as JSON", async () => {
    await writeFile(
      join(folder.path, "order.avsc"),
      '{"type":"record","name":"Order","fields":[{"name":"id","type":"long"},{"name":"price","type":"double"}]}',
    );
    await writeFile(
      join(folder.path, "order.proto"),
      'syntax = "proto3"; package shop; message Order { int64 id = 1; string name = 2; }',
    );
    const avro = ["--schema", "avro", "--schema-path", "order.avsc"];
    const proto = ["--schema", "proto", "--schema-path", "order.proto", "--message-type", "shop.Order"];
    await printed(["produce", "codecs", "avro", "--create", ...avro], '{"id":7,"price":1.5}\n');
    await printed(["produce", "codecs", "proto", "--create", ...proto], '{"id":"8","name":"ü"}\n');
    assert.equal(await payloads("codecs", "avro", ...avro), '{"id":7,"price":1.5}\n');
    assert.equal(await payloads("codecs", "proto", ...proto), '{"id":"8","name":"ü"}\n');

    const refused = await run(["produce", "codecs", "avro", ...avro], '{"id":"seven"}\n');
    assert.equal(refused.code, 1);
    assert.match(refused.error, /^IGC_SOURCE_ENCODE \(standard input:1\)/);
    await printed(["produce", "codecs", "avro", "x"]);
    const mixed = await run(["consume", "codecs", "avro", ...avro, "--json"]);
    assert.equal(mixed.code, 5, "a message that is not of the schema is a finding");
    const [, bad] = mixed.output
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual([bad.offset, bad.payload, bad.code], ["1", null, "IGC_DECODE_AVRO"]);
    for (const wrong of [["avro"], ["avrox"], ["json", "--schema-path", "x"], ["avro", "--schema-path", "none.avsc"]]) {
      assert.equal((await run(["consume", "codecs", "avro", "--schema", ...wrong])).code, 2, wrong.join(" "));
    }
  });

  it("reading starts at the first, last, an offset, a time, or before the end", async () => {
    await printed(["topic", "create", "from", "topic"]);
    await printed(["topic", "create", "from", "empty"]);
    await printed(["produce", "from", "topic", "0", "1", "2", "3", "4"]);
    const from = (...where: readonly string[]) => payloads("from", "topic", "--from", ...where);
    assert.equal(await from("last"), "4\n");
    assert.equal(await from("3"), "3\n4\n");
    assert.equal(await from("-2"), "3\n4\n");
    assert.equal(await from("-99"), "0\n1\n2\n3\n4\n");
    assert.equal(await from("1", "-n", "2"), "1\n2\n");
    assert.equal(await from("99"), "");
    assert.equal(await from("2020-01-01T00:00:00Z", "-n", "1"), "0\n");
    for (const where of ["first", "last", "-3", "2020-01-01T00:00:00Z"]) {
      assert.equal(await payloads("from", "empty", "--from", where), "", where);
    }
    assert.equal((await run(["consume", "from", "topic", "--from", "noon"])).code, 2);
    await using client = await IggyClient.connect({ address: iggy.address, username: "iggy", password: "iggy" });
    assert.deepEqual(await client.getConsumerGroups("from", "topic"), [], "nothing is left behind");
  });

  it("--follow waits for more, and an interrupt ends it", async () => {
    await printed(["topic", "create", "follow", "topic"]);
    await using stopped = new AsyncDisposableStack();
    const reader = start("consume", "follow", "topic", "--follow", "--payload-only");
    stopped.defer(() => void reader.kill("SIGKILL"));
    let read = "";
    reader.stdout.on("data", (chunk: Buffer) => {
      read += chunk.toString();
    });
    for (const text of ["one", "two"]) {
      await printed(["produce", "follow", "topic", text]);
      await eventually(() => read.endsWith(`${text}\n`));
    }
    reader.kill("SIGINT");
    assert.deepEqual(await once(reader, "exit"), [130, null]);
    assert.equal(read, "one\ntwo\n");
  });

  it("an interrupted producer sends what it has read, and says how much that was", async () => {
    await printed(["topic", "create", "stopped", "topic"]);
    await using stopped = new AsyncDisposableStack();
    const writer = start("produce", "stopped", "topic", "--json");
    stopped.defer(() => void writer.kill("SIGKILL"));
    writer.stdin.write("one\ntwo\n");
    await eventually(async () => (await payloads("stopped", "topic")) === "one\ntwo\n");
    writer.kill("SIGINT");
    const [output, [code]] = await Promise.all([readAll(writer.stdout), once(writer, "exit")]);
    assert.equal(code, 130);
    assert.deepEqual(JSON.parse(output), { stream: "stopped", topic: "topic", sent: 2 });
  });

  it("a server that cannot be reached, and one that refuses the login", async () => {
    const gone = await run(["topic", "list", "--iggy", "127.0.0.1:1"]);
    assert.equal(gone.code, 4);
    assert.match(gone.error, /^IGC_IGGY_UNREACHABLE \(Iggy at 127\.0\.0\.1:1\): .*\n {2}start it/);
    await writeFile(
      join(folder.path, "wrong.toml"),
      `[iggy]\naddress = "${iggy.address}"\nusername = "iggy"\npassword = "wrong"\n`,
    );
    const refused = await run(["topic", "list", "-c", "wrong.toml"]);
    assert.equal(refused.code, 1);
    assert.match(refused.error, /^IGC_IGGY_\w+ \(.*\n {2}correct iggy\.username/);
    assert.ok(!refused.error.includes("wrong\n"), "the password is not shown");
  });
});
