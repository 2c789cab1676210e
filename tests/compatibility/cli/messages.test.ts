import assert from "node:assert/strict";
import { join } from "node:path";
import { Aes256GcmEncryptor, IggyClient } from "@iggy-connectors/client";
import { IggyCli, judged } from "./iggy-cli.ts";

// message, consumer-group and consumer-offset commands

async function withTopic(partitions: string): Promise<IggyCli> {
  const cli = await IggyCli.start();
  await cli.ok("stream", "create", "orders");
  await cli.ok("topic", "create", "orders", "created", partitions, "none");
  return cli;
}

async function payloads(cli: IggyCli, partition: string, ...strategy: readonly string[]): Promise<string[]> {
  const rows = await cli.rows("message", "poll", "orders", "created", partition, ...strategy);
  return rows.map(({ Payload }) => Payload ?? "");
}

judged("messages are polled as they were sent", async () => {
  await using cli = await withTopic("3");
  await cli.ok("message", "send", "orders", "created", "--partition-id", "0", "a", "b", "a longer text");
  assert.deepEqual(await payloads(cli, "0", "--first", "-m", "10"), ["a", "b", "a longer text"]);
  assert.deepEqual(await payloads(cli, "0", "--offset", "1", "-m", "10"), ["b", "a longer text"]);
  assert.deepEqual(await payloads(cli, "0", "--last"), ["a longer text"]);
  assert.deepEqual(await payloads(cli, "1", "--first"), []);
  await cli.refused(/not found|Partition/, "message", "poll", "orders", "created", "9", "--first");

  const { code } = await cli.run(["message", "send", "orders", "created", "-p", "2"], { input: "line 1\nline 2\n" });
  assert.equal(code, 0);
  assert.deepEqual(await payloads(cli, "2", "--first", "-m", "10"), ["line 1", "line 2"]);

  await cli.ok("topic", "purge", "orders", "created");
  // beta falls on partition 1 of three (XXH32), as every other client computes it
  await cli.ok("message", "send", "orders", "created", "--message-key", "beta", "keyed");
  assert.deepEqual(await payloads(cli, "1", "--first"), ["keyed"]);
  await cli.ok("message", "send", "orders", "created", "balanced");
  assert.equal((await cli.properties("topic", "get", "orders", "created"))["Topic message count"], "2");
});

judged("headers of every kind", async () => {
  await using cli = await withTopic("1");
  const values: Record<string, string> = {
    string: "text",
    bool: "true",
    int8: "-8",
    int16: "-16",
    int32: "-32",
    int64: "-64",
    int128: "-128",
    uint8: "8",
    uint16: "16",
    uint32: "32",
    uint64: "18446744073709551615",
    uint128: "340282366920938463463374607431768211455",
    float32: "0.5",
    float64: "0.1",
  };
  const headers = Object.entries(values).map(([kind, value]) => `of-${kind}:${kind}:${value}`);
  await cli.ok("message", "send", "orders", "created", "--headers", [...headers, "of-raw:raw:abc"].join(","), "x");
  const [row] = await cli.rows("message", "poll", "orders", "created", "0", "--first", "--show-headers");
  for (const [kind, value] of Object.entries(values)) assert.equal(row?.[`Header: of-${kind}\n${kind}`], value);
  assert.equal(row?.["Header: of-raw\nraw"], 'b"abc"');
});

judged("messages move by a file, headers included", async () => {
  await using cli = await withTopic("2");
  const file = join(cli.folder, "messages.bin");
  await cli.ok("message", "send", "orders", "created", "-p", "0", "--headers", "k:string:v", "first");
  await cli.ok("message", "send", "orders", "created", "-p", "0", "second");
  await cli.ok("message", "poll", "orders", "created", "0", "--first", "-m", "2", "--output-file", file);
  await cli.ok("message", "send", "orders", "created", "-p", "1", "--input-file", file);
  const from = await cli.rows("message", "poll", "orders", "created", "0", "--first", "-m", "2", "-s");
  const to = await cli.rows("message", "poll", "orders", "created", "1", "--first", "-m", "2", "-s");
  const told = (row: Record<string, string>) => [row.Offset, row.Payload, row.Length, row["Header: k\nstring"]];
  assert.deepEqual(to.map(told), from.map(told));
  assert.deepEqual(to.map(told)[0], ["0", "first", "5", "v"]);
});

judged("what the tool seals our client opens, and the other way round", async () => {
  await using cli = await withTopic("1");
  const key = Buffer.alloc(32, 42).toString("base64");
  const place = { stream: "orders", topic: "created" };
  await cli.ok(
    "--encryption-key",
    key,
    "message",
    "send",
    "orders",
    "created",
    "-p",
    "0",
    "--headers",
    "k:string:v",
    "secret",
  );
  const client = await IggyClient.connect({ address: cli.address, encryptor: new Aes256GcmEncryptor(key) });
  try {
    const consumer = { kind: "consumer", id: 1 } as const;
    const frames = await client.pollMessages({
      ...place,
      consumer,
      partition: 0,
      strategy: { kind: "first" },
      count: 1,
    });
    assert.equal(Buffer.from(frames.payload(0)).toString(), "secret");
    assert.deepEqual(frames.headers(0).get("k"), { kind: "string", value: "v" });
    await client.sendMessages({ ...place, messages: [{ payload: Buffer.from("ours") }] });
  } finally {
    await client.close();
  }
  const rows = await cli.rows(
    "--encryption-key",
    key,
    "message",
    "poll",
    "orders",
    "created",
    "0",
    "--first",
    "-m",
    "2",
  );
  assert.deepEqual(
    rows.map(({ Payload }) => Payload),
    ["secret", "ours"],
  );
  assert.ok(!(await payloads(cli, "0", "--first", "-m", "2")).some((text) => /secret|ours/.test(text)));
});

judged("a consumer's offset is committed, read and set", async () => {
  await using cli = await withTopic("2");
  await cli.ok("message", "send", "orders", "created", "-p", "1", "a", "b", "c", "d");
  const next = ["--next", "-m", "2", "--auto-commit", "--consumer", "reader"];
  assert.deepEqual(await payloads(cli, "1", ...next), ["a", "b"]);
  assert.deepEqual(await payloads(cli, "1", ...next), ["c", "d"]);
  assert.deepEqual(await payloads(cli, "1", ...next), []);
  const offset = await cli.properties("consumer-offset", "get", "reader", "orders", "created", "1");
  assert.equal(offset["Current offset"], "3");
  assert.equal(offset["Stored offset"], "3");
  await cli.ok("consumer-offset", "set", "reader", "orders", "created", "1", "1");
  assert.deepEqual(await payloads(cli, "1", ...next), ["c", "d"]);
  await cli.refused(/offset/, "consumer-offset", "set", "reader", "orders", "created", "1", "100");
  assert.match(await cli.ok("consumer-offset", "get", "nobody", "orders", "created", "1"), /was not found/);
});

judged("consumer groups are created, shown and deleted; only a member may move their offset", async () => {
  await using cli = await withTopic("3");
  await cli.ok("message", "send", "orders", "created", "-p", "0", "a");
  await cli.ok("consumer-group", "create", "orders", "created", "billing");
  await cli.ok("consumer-group", "create", "--group-id", "9", "orders", "created", "audit");
  await cli.refused(/already exists/, "consumer-group", "create", "orders", "created", "billing");
  const groups = await cli.rows("consumer-group", "list", "orders", "created");
  assert.deepEqual(
    groups.map(({ ID, Name }) => [ID, Name]),
    [
      ["0", "billing"],
      ["1", "audit"],
    ],
  );
  assert.match(await cli.ok("consumer-group", "list", "orders", "created", "-l", "list"), /^0\|billing\|3\|0$/m);
  const group = await cli.properties("consumer-group", "get", "orders", "created", "billing");
  assert.equal(group["Partitions count"], "3");
  assert.equal(group["Members count"], "0");
  const kind = ["--kind", "consumer-group"];
  assert.match(await cli.ok("consumer-offset", "get", "billing", "orders", "created", "0", ...kind), /was not found/);
  await cli.refused(/not found/, "consumer-offset", "set", "billing", "orders", "created", "0", "0", ...kind);
  await cli.ok("consumer-group", "delete", "orders", "created", "billing");
  assert.match(await cli.ok("consumer-group", "get", "orders", "created", "billing"), /was not found/);
  await cli.refused(/not found/, "consumer-group", "delete", "orders", "created", "billing");
});
