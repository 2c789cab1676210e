import assert from "node:assert/strict";
import { IggyCli, judged } from "./iggy-cli.ts";

// stream, topic, partition and segment commands

judged("streams are created, listed, renamed, purged and deleted", async () => {
  await using cli = await IggyCli.start();
  assert.match(await cli.ok("stream", "list"), /No streams found/);
  await cli.ok("stream", "create", "orders");
  await cli.refused(/already exists/, "stream", "create", "orders");
  await cli.ok("stream", "create", "--stream-id", "7", "second");
  const names = (await cli.rows("stream", "list")).map(({ ID, Name }) => [ID, Name]);
  assert.deepEqual(names, [
    ["0", "orders"],
    ["1", "second"],
  ]);
  assert.match(await cli.ok("stream", "list", "--list-mode", "list"), /^0\|.*\|orders\|0 B\|0\|0$/m);

  await cli.ok("topic", "create", "orders", "created", "1", "none");
  await cli.ok("message", "send", "orders", "created", "a", "b", "c");
  const full = await cli.properties("stream", "get", "0");
  assert.equal(full["Stream name"], "orders");
  assert.equal(full["Stream message count"], "3");
  assert.equal(full["Stream topics count"], "1");
  assert.notEqual(full["Stream size"], "0 B");
  await cli.ok("stream", "purge", "orders");
  assert.equal((await cli.properties("stream", "get", "orders"))["Stream message count"], "0");

  await cli.ok("stream", "update", "second", "renamed");
  await cli.refused(/already exists/, "stream", "update", "renamed", "orders");
  assert.equal((await cli.properties("stream", "get", "1"))["Stream name"], "renamed");
  await cli.ok("stream", "delete", "orders");
  await cli.ok("stream", "delete", "1");
  await cli.refused(/was not found/, "stream", "delete", "orders");
  assert.match(await cli.ok("stream", "get", "orders"), /was not found/);
});

judged("topics keep their settings", async () => {
  await using cli = await IggyCli.start();
  await cli.ok("stream", "create", "orders");
  await cli.ok("topic", "create", "orders", "plain", "1", "none");
  await cli.ok("topic", "create", "orders", "limited", "3", "gzip", "7days", "1hour", "--max-topic-size", "2GB");
  const durable = ["--durability", "persisted", "--consumer-offset-durability", "persisted"];
  const segments = ["--set", "segment_size=128MiB", "--set", "messages_required_to_save=1"];
  await cli.ok("topic", "create", "orders", "durable", "2", "none", "unlimited", ...durable, ...segments);
  await cli.refused(/already exists/, "topic", "create", "orders", "plain", "1", "none");
  await cli.refused(/not found/, "topic", "create", "missing", "plain", "1", "none");
  await cli.refused(/option/, "topic", "create", "orders", "odd", "1", "none", "--set", "no_such_key=1");
  await cli.refused(/option/, "topic", "create", "orders", "odd", "1", "none", "--set", "segment_size=lots");

  const rows = (await cli.rows("topic", "list", "orders")).map((row) => [
    row.ID,
    row.Name,
    row.Compression,
    row["Message Expiry (s)"],
    row["Max Topic Size (B)"],
    row["Partitions Count"],
  ]);
  assert.deepEqual(rows, [
    ["0", "plain", "none", "unlimited", "unlimited", "1"],
    ["1", "limited", "gzip", "7days 1h", "2.00 GB", "3"],
    ["2", "durable", "none", "unlimited", "unlimited", "2"],
  ]);
  assert.match(await cli.ok("topic", "list", "orders", "--list-mode", "list"), /^1\|.*\|limited\|/m);

  await cli.ok("topic", "update", "orders", "limited", "wider", "none", "1day", "--max-topic-size", "3GB");
  const wider = await cli.properties("topic", "get", "orders", "wider");
  assert.equal(wider.Compression, "none");
  assert.equal(wider["Message expiry"], "1day");
  assert.equal(wider["Max topic size"], "3.00 GB");
  await cli.ok("topic", "update", "orders", "1", "widest", "gzip");
  const widest = await cli.properties("topic", "get", "orders", "widest");
  assert.equal(widest["Message expiry"], "1day", "what is not given stays");
  assert.equal(widest["Max topic size"], "3.00 GB", "what is not given stays");

  await cli.ok("message", "send", "orders", "plain", "a", "b");
  assert.equal((await cli.properties("topic", "get", "0", "0"))["Topic message count"], "2");
  await cli.ok("topic", "purge", "orders", "plain");
  assert.equal((await cli.properties("topic", "get", "0", "0"))["Topic message count"], "0");
  await cli.ok("topic", "delete", "orders", "plain");
  assert.match(await cli.ok("topic", "get", "orders", "plain"), /was not found/);
  await cli.refused(/was not found/, "topic", "delete", "orders", "plain");
});

judged("partitions come and go, full segments can be deleted", async () => {
  await using cli = await IggyCli.start();
  await cli.ok("stream", "create", "orders");
  await cli.ok("topic", "create", "orders", "created", "1", "none", "--set", "segment_size=1MiB");
  await cli.ok("partition", "create", "orders", "created", "4");
  assert.equal((await cli.properties("topic", "get", "orders", "created"))["Partitions count"], "5");
  await cli.ok("partition", "delete", "orders", "created", "3");
  assert.equal((await cli.properties("topic", "get", "orders", "created"))["Partitions count"], "2");

  const line = "x".repeat(600 * 1024);
  for (let count = 0; count < 4; count++) {
    const { code, stderr } = await cli.run(["message", "send", "orders", "created", "-p", "0"], { input: `${line}\n` });
    assert.equal(code, 0, stderr);
  }
  const segments = async (): Promise<number> =>
    JSON.parse(await cli.ok("--quiet", "stats", "--output", "json")).segments_count;
  const before = await segments();
  assert.ok(before > 2, "the first partition has more than one segment");
  await cli.ok("segment", "delete", "orders", "created", "0", "1");
  assert.equal(await segments(), before - 1);
});
